// Ansible's inventories, in the forms that people have them in: each says the same of the same machines.
import { inventoryIn } from "../../../scripts/add/ansible.ts";
import type { Named } from "../../../scripts/add/destination.ts";
import { inventoryOfIni } from "../../../scripts/add/inventory-ini.ts";
import { expandedHosts, inventoryOfJson, machinesOf } from "../../../scripts/add/inventory.ts";

const ini = `
; machines of ours
mail ansible_host=192.0.2.1

[web]
web[01:02].example.com ansible_user="ops"  # both
[web:vars]
ansible_port = 2222
[db]
db-a ansible_host=192.0.2.20 ansible_ssh_private_key_file='~/.ssh/my key'
[all:vars]
ansible_user=root
[prod:children]
web
db
[prod:vars]
ansible_port=22
`;

const yaml = `
all:
  vars: { ansible_user: root }
  hosts:
    mail: { ansible_host: 192.0.2.1 }
  children:
    prod:
      vars: { ansible_port: 22 }
      children:
        web:
          vars: { ansible_port: 2222 }
          hosts:
            web[01:02].example.com: { ansible_user: ops }
        db:
          hosts:
            db-a: { ansible_host: 192.0.2.20, ansible_ssh_private_key_file: ~/.ssh/my key }
`;

/** As \`ansible-inventory --list\` prints the same. */
const listed = {
  _meta: {
    hostvars: {
      mail: { ansible_host: "192.0.2.1", ansible_user: "root" },
      "web01.example.com": { ansible_user: "ops", ansible_port: 2222 },
      "web02.example.com": { ansible_user: "ops", ansible_port: 2222 },
      "db-a": {
        ...{ ansible_host: "192.0.2.20", ansible_user: "root", ansible_port: "22" },
        ansible_ssh_private_key_file: "~/.ssh/my key",
      },
    },
  },
  all: { children: ["ungrouped", "prod"] },
  ungrouped: { hosts: ["mail"] },
  prod: { children: ["web", "db"] },
  web: { hosts: ["web01.example.com", "web02.example.com"] },
  db: { hosts: ["db-a"] },
};

const web = (name: string): Named => ({
  ...{ called: name, alias: name, address: name, user: "ops", port: 2222 },
});
const mail = { called: "mail", alias: "mail", address: "192.0.2.1", user: "root" };
const db = {
  ...{ called: "db-a", alias: "db-a", address: "192.0.2.20", user: "root", port: 22 },
  ...{ identityFiles: ["~/.ssh/my key"], identitiesOnly: true },
};

function machines(text: string, name: string, ...chosen: string[]): Named[] {
  const read = inventoryIn(name, text);
  if ("problem" in read) throw new Error(read.problem.what);
  return machinesOf(read.inventory, chosen);
}

test.each([
  ["hosts", ini],
  ["hosts.yml", yaml],
])("%s", (name, text) => {
  const all = [mail, web("web01.example.com"), web("web02.example.com"), db];
  expect(machines(text, name)).toEqual(all);
  expect(machines(text, name, "db", "web02.example.com")).toEqual([db, web("web02.example.com")]);
  expect(machines(text, name, "prod")).toEqual(all.slice(1));
  expect(machines(text, name, "nobody")).toEqual([
    { called: "nobody", problem: expect.objectContaining({ where: "nobody" }) as unknown },
  ]);
});

test("what ansible-inventory prints", () => {
  expect(machinesOf(inventoryOfJson(listed), ["mail", "prod"])).toEqual([
    mail,
    web("web01.example.com"),
    web("web02.example.com"),
    db,
  ]);
});

test.each([
  ["a ansible_connection=docker", /in another way than by SSH to it \(ansible_connection\)/],
  ["a ansible_ssh_common_args='-o ProxyJump=b'", /\(ansible_ssh_common_args\)/],
  ["a ansible_host='{{ ip }}'", /a template in place of a value/],
  ["a ansible_port=ssh", /is not where a machine could be/],
])("%s is told", (line, what) => {
  const [machine] = machines(`${line}\n`, "hosts");
  expect(machine !== undefined && "problem" in machine && machine.problem.what).toMatch(what);
});

test.each(["a 'b", "a word", "[all:vars]\nonly-a-word\n"])("%j can't be read", (text) => {
  expect(inventoryOfIni(text)).toHaveProperty("line");
});

test("ranges", () => {
  expect(expandedHosts("w[1:3]")).toEqual(["w1", "w2", "w3"]);
  expect(expandedHosts("w[08:10:2]-[a:b]")).toEqual(["w08-a", "w08-b", "w10-a", "w10-b"]);
  expect(expandedHosts("w[3:1]")).toEqual([]);
  expect(expandedHosts("w[0:9999999]")).toHaveLength(1000);
});

test("a group that holds itself ends", () => {
  const text = "[a:children]\nb\n[b:children]\na\n[b]\nx\n";
  expect(machines(text, "hosts", "a")).toMatchObject([{ address: "x" }]);
});
