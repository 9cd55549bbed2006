/** A failure that the user can correct; only its message is shown. */
export class UserError extends Error {}

/** Runs a command and sets the exit code. Prints an error; a UserError without its stack. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(error instanceof UserError ? error.message : error);
    process.exitCode = 1;
  }
}
