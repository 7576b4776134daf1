// jest runs tests in a realm of their own, where what Node's core throws is no `instanceof Error`.
// The code under test runs in one realm with Node; importing this makes it look so here as well.
export {};

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return this === Error
      ? Object.prototype.toString.call(value) === "[object Error]"
      : Reflect.apply(Function.prototype[Symbol.hasInstance], this, [value]);
  },
});
