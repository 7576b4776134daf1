"""Docker behind mutual TLS, as a user of pyinfra would write it: see scripts/bench/rivals.ts."""

import http.client
import json
import ssl

import certificates

from pyinfra import host, inventory
from pyinfra.operations import files, python, systemd

pki = certificates.directory(inventory)
name = host.name


def api_answers():
    """From here, with the client's certificate."""
    context = ssl.create_default_context(cafile=pki / "ca.pem")
    context.load_cert_chain(pki / "client.pem", pki / "client-key.pem")
    connection = http.client.HTTPSConnection(
        host.data.ssh_hostname, 2376, context=context, timeout=20
    )
    connection.request("GET", "/version")
    answer = connection.getresponse()
    if answer.status != 200 or "ApiVersion" not in json.load(answer):
        raise ValueError(f"the Docker API of {host.name} answered {answer.status}")
    connection.close()


files.directory(
    name="Directory of the certificates",
    path="/opt/docker-ssl",
    user="root",
    group="root",
    mode="700",
)

placed = [
    files.put(
        name=f"Certificate file {target}",
        src=str(pki / source),
        dest=f"/opt/docker-ssl/{target}",
        user="root",
        group="root",
        mode=mode,
    )
    for source, target, mode in (
        ("ca.pem", "ca.pem", "444"),
        (f"{name}.pem", "cert.pem", "444"),
        (f"{name}-key.pem", "key.pem", "400"),
    )
]

drop_in = files.put(
    name="Drop-in without -H fd://",
    src="files/docker.conf",
    dest="/etc/systemd/system/docker.service.d/docker.conf",
    mode="644",
)

settings = files.template(
    name="Settings of dockerd",
    src="templates/daemon.json.j2",
    dest="/etc/docker/daemon.json",
    mode="644",
    labels=host.data.labels,
    mirrors=host.data.mirrors,
)

systemd.daemon_reload(
    name="Unit files loaded",
    _if=drop_in.did_change,
)

systemd.service(
    name="dockerd restarted",
    service="docker.service",
    restarted=True,
    enabled=True,
    _if=lambda: any(
        operation.did_change() for operation in (*placed, drop_in, settings)
    ),
)

python.call(name="The API answers", function=api_answers)
