import { ScratchMachine } from "../support/scratch-machine.ts";
test("fresh", async () => {
  const b = new ScratchMachine();
  const t = Date.now();
  console.log(await b.apply(), Date.now() - t);
  const t2 = Date.now();
  console.log(await b.apply(), Date.now() - t2, b.calls());
  const t3 = Date.now();
  const p = await b.probe();
  console.log(p, Date.now() - t3);
  const t4 = Date.now();
  console.log(await b.remove(), Date.now() - t4, b.snapshot());
});
