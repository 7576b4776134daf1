// Which lab the tests of this process have to themselves: each of jest's workers has its own, so that
// they can test side by side. Two checkouts can, too, where one of them begins with another lab.
import { labNamed, testLabNames } from "../../lab/machines/labs.ts";

const worker = Number(process.env["JEST_WORKER_ID"] ?? "1");
const first = Number(process.env["DOCKERTLS_FIRST_TEST_LAB"] ?? "1");

export const testLab = labNamed(testLabNames[first - 1 + worker - 1] ?? "").name;
