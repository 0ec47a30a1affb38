/** The programs started from here: none of them outlives this one, however it ends. */
const children = new Set();

/** Takes note of a started program and gives it back. */
export function keep(child) {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    for (const child of children) child.kill("SIGKILL");
    process.exit(1);
  });
}
