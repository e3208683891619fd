import { open, rename, rm } from "node:fs/promises";

/** Nobody else can read it, not even for a moment, and nobody sees half of it. */
async function save(path: string, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}`;
  const file = await open(fresh, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
