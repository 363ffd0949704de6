import { DEFAULT_WINDOW, MAX_FRAME_BYTES, MAX_WINDOW, readUint32, SETTING } from "./frames.js";
import { ConnectionError, H2 } from "./http2-error.js";

const SETTING_BYTES = 6;

/** What the other side said about itself, as far as it changes what we send. */
export class PeerSettings {
  initialWindow: number = DEFAULT_WINDOW;
  maxFrameBytes: number = MAX_FRAME_BYTES;
  /** Without a word about it there is no limit. */
  maxConcurrentStreams: number = MAX_WINDOW;

  /** Reads a SETTINGS frame that is no ACK. @throws ConnectionError */
  read(payload: Buffer): void {
    if (payload.length % SETTING_BYTES !== 0) throw new ConnectionError(H2.frameSizeError, "SETTINGS frame is cut");
    for (let at = 0; at < payload.length; at += SETTING_BYTES) {
      const id = ((payload[at] as number) << 8) | (payload[at + 1] as number);
      this.#set(id, readUint32(payload, at + 2));
    }
  }

  #set(id: number, value: number): void {
    if (id === SETTING.initialWindowSize) {
      if (value > MAX_WINDOW) throw new ConnectionError(H2.flowControlError, "initial window too large");
      this.initialWindow = value;
    } else if (id === SETTING.maxConcurrentStreams) this.maxConcurrentStreams = value;
    else if (id === SETTING.enablePush && value > 1) throw new ConnectionError(H2.protocolError, "bad ENABLE_PUSH");
    else if (id === SETTING.maxFrameSize) {
      if (value < MAX_FRAME_BYTES || value > 0xff_ffff)
        throw new ConnectionError(H2.protocolError, "bad MAX_FRAME_SIZE");
      this.maxFrameBytes = value;
    }
  }
}
