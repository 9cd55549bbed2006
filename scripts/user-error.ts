/** A failure that the user can do something about: its message is all that is shown. */
export class UserError extends Error {}

/** Runs a command to its exit code; prints what went wrong, without a stack where the user can help it. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(error instanceof UserError ? error.message : error);
    process.exitCode = 1;
  }
}
