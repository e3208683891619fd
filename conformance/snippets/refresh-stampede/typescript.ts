import { lock } from "proper-lockfile";

/** One of many renews the session, and the others use what it got. */
async function accessToken(path: string): Promise<string> {
  let session = await readSession(path);
  if (!session.isDue()) return session.accessToken;
  const release = await lock(path, { retries: 10 });
  try {
    // Read again: whoever held the lock before has renewed it.
    session = await readSession(path);
    if (session.isDue()) {
      session = await session.renew();
      await session.save(path);
    }
    return session.accessToken;
  } finally {
    await release();
  }
}
