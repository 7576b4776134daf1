/**
 * Name of a key or certificate that every generation of the authority has its own of. To the engine
 * another name is another resource, so no key of one generation lives on in the next. The first
 * generation has the names from before there were generations: an upgrade replaces nothing.
 */
export function inGeneration(name: string, generation: number): string {
  return generation === 1 ? name : `${name}-g${String(generation)}`;
}
