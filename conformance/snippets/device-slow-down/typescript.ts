import { setTimeout as sleep } from "node:timers/promises";

/** Polls until the person has decided, as slowly as the server wants it. */
async function waitForToken(device: DeviceCode): Promise<Token> {
  const ends = Date.now() + device.expires_in * 1000;
  let interval = (device.interval ?? 5) * 1000;
  while (Date.now() + interval < ends) {
    await sleep(interval);
    const reply = await poll(device);
    if ("token" in reply) return reply.token;
    if (reply.error === "authorization_pending") continue;
    // For this and for every later request.
    if (reply.error === "slow_down") interval += 5000;
    // The server may be back in a moment.
    else if (reply.error === "unreachable") interval *= 2;
    else throw new Error(`sign-in refused: ${reply.error}`);
  }
  throw new Error("the code has expired");
}
