import { forbiddenNames } from "../../components/model/name-constraints.ts";

const none = { dnsNames: [], networks: [] };
const names = {
  dnsNames: ["example.org", "web.example.org"],
  ipAddresses: ["10.0.0.4", "2001:db8::1"],
};

function forbidden(permitted: object, excluded: object = {}): string[] {
  const constraints = {
    permitted: { ...none, ...permitted },
    excluded: { ...none, ...excluded },
    hasOthers: false,
  };
  return forbiddenNames(constraints, names);
}

test.each<[string, object, object, string[]]>([
  ["nothing is said", {}, {}, []],
  ["a domain and all below it", { dnsNames: ["example.org"] }, {}, []],
  ["in capitals", { dnsNames: ["EXAMPLE.org"] }, {}, []],
  ["every name", { dnsNames: [""] }, {}, []],
  ["only what is below it", { dnsNames: [".example.org"] }, {}, ["example.org"]],
  ["another one", { dnsNames: ["ample.org"] }, {}, ["example.org", "web.example.org"]],
  ["one of several", { dnsNames: ["example.com", "web.example.org"] }, {}, ["example.org"]],
  [
    "what is taken out again",
    { dnsNames: ["org"] },
    { dnsNames: ["web.example.org"] },
    ["web.example.org"],
  ],
  ["a network, which says nothing of names", { networks: ["10.0.0.0/8", "2001:db8::/32"] }, {}, []],
  ["one family alone", { networks: ["10.0.0.0/8"] }, {}, ["2001:db8::1"]],
  ["everything but one network", {}, { networks: ["10.0.0.0/24"] }, ["10.0.0.4"]],
  ["no address at all", {}, { networks: ["0.0.0.0/0", "::/0"] }, ["10.0.0.4", "2001:db8::1"]],
  ["a mask with holes", { networks: ["0aff"] }, {}, ["10.0.0.4", "2001:db8::1"]],
])("%s", (_case, permitted, excluded, expected) => {
  expect(forbidden(permitted, excluded)).toEqual(expected);
});
