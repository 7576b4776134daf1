/** One assignment in the files of a unit. */
export interface UnitSetting {
  /** Path of the file that holds it; "" before the first file that names itself. */
  readonly file: string;
  readonly key: string;
  /** Without the blanks around it; "" takes back what was said before (systemd.syntax(7)). */
  readonly value: string;
}

/** Every assignment of a unit and its drop-ins, in the order in which `systemctl cat` shows them. */
export function unitSettings(unitText: string): UnitSetting[] {
  let file = "";
  return unfold(unitText).flatMap((line) => {
    const named = /^# (\/.+\.(?:service|socket|conf))$/.exec(line)?.[1];
    if (named !== undefined) file = named;
    const [, key, value = ""] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
    return key === undefined ? [] : [{ file, key, value: value.trim() }];
  });
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
