// Which lab the tests of this process have to themselves: each of jest's workers has its own, so that
// they can test side by side.
import { labNamed, testLabNames } from "../../lab/machines/labs.ts";

const worker = Number(process.env["JEST_WORKER_ID"] ?? "1");

export const testLab = labNamed(testLabNames[worker - 1] ?? "").name;
