/** The drop-in of ours; its name sorts after every common one, so its ExecStart has the last word. */
export const dropInPath = "/etc/systemd/system/docker.service.d/zz-dockertls.conf";

/**
 * The command line that docker.service would run without us, as `systemctl cat docker.service`
 * shows it: the last ExecStart of the vendor's unit and of foreign drop-ins. Undefined when no file
 * of the unit has one.
 */
export function foreignExecStart(unitText: string): string | undefined {
  let ours = false;
  let command: string | undefined;
  for (const line of unfold(unitText)) {
    const file = /^# (\/\S+)$/.exec(line)?.[1];
    if (file !== undefined) ours = file === dropInPath;
    const value = ours ? undefined : /^ExecStart\s*=\s*(.*)$/.exec(line)?.[1];
    if (value !== undefined) command = value.trim() === "" ? undefined : value.trim();
  }
  return command;
}

/**
 * A unit's command line without its `-H` flags: `hosts` in daemon.json and on the command line
 * together are a start failure. Every other flag stays as the vendor wrote it.
 */
export function withoutHostFlags(command: string): string {
  return command
    .replace(/(^|\s)(?:-H(?:=|\s+)?|--host(?:=|\s+))(?:"[^"]*"|'[^']*'|\S+)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

/** Path of the dockerd that a command line starts, without systemd's prefixes (systemd.service(5)). */
export function executableOf(command: string): string {
  return command.replace(/^[@:+!-]*/, "").split(/\s/)[0] ?? "";
}

/** Text of the drop-in that starts dockerd without `-H`; the empty ExecStart clears the vendor's. */
export function dropIn(foreignCommand: string): string {
  return [
    "# Written by dockertls: daemon.json says where dockerd listens, so no -H flag may.",
    "[Service]",
    "ExecStart=",
    `ExecStart=${withoutHostFlags(foreignCommand)}`,
    "",
  ].join("\n");
}

/**
 * Joins lines that end in a backslash (systemd.syntax(7)). Comment lines between them go, and one
 * that ends in a backslash itself does not go on: it would swallow the setting after it.
 */
function unfold(text: string): string[] {
  const lines: string[] = [];
  let begun = "";
  for (const line of text.split(/\r?\n/).map((raw) => raw.trim())) {
    const comment = /^[#;]/.test(line);
    if (comment && begun !== "") continue;
    if (!comment && line.endsWith("\\")) {
      begun += `${line.slice(0, -1)} `;
      continue;
    }
    lines.push(begun + line);
    begun = "";
  }
  return [...lines, begun];
}
