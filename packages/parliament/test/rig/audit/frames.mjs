// What a socket was given, as the messages of members: WebSocket frames (RFC 6455) that hold batches of a link.
import { decodeBatch } from '../../../../remote/dist/wire/batch-reader.js';
import { Definitions } from '../../../../remote/dist/wire/numbering.js';
import { PACKET_CODECS } from '../../../dist/wire/packet-codec.js';

const BATCH_TAG = 0x32;

/** Reads the bytes of one connection, in the order in which they were written. */
export class Connection {
  constructor() {
    this.rest = Buffer.alloc(0);
    this.definitions = new Definitions();
    this.isUpgraded = false;
  }

  /** The messages that are whole with these bytes. */
  take(bytes) {
    this.rest = Buffer.concat([this.rest, bytes]);
    if (!this.isUpgraded && !this.skipUpgrade()) return [];
    const messages = [];
    for (let frame = this.nextFrame(); frame !== undefined; frame = this.nextFrame()) {
      if (frame[0] !== BATCH_TAG) continue;
      for (const item of decodeBatch(frame, this.definitions).items) {
        if (item.type !== 'envelope') continue;
        const codec = PACKET_CODECS.find(({ type }) => type === item.codec);
        if (codec !== undefined) messages.push(...codec.decode(item.payload).messages);
      }
    }
    return messages;
  }

  skipUpgrade() {
    const end = this.rest.indexOf('\r\n\r\n');
    if (end === -1) return false;
    this.rest = this.rest.subarray(end + 4);
    this.isUpgraded = true;
    return true;
  }

  /** The payload of the next frame. On loopback the mask of a dialling side is zero. */
  nextFrame() {
    if (this.rest.length < 2) return undefined;
    const [, second] = this.rest;
    let length = second & 127;
    let offset = 2;
    if (length === 126) {
      if (this.rest.length < 4) return undefined;
      length = this.rest.readUInt16BE(2);
      offset = 4;
    } else if (length === 127) {
      if (this.rest.length < 10) return undefined;
      length = Number(this.rest.readBigUInt64BE(2));
      offset = 10;
    }
    if (second & 128) offset += 4;
    if (this.rest.length < offset + length) return undefined;
    const payload = this.rest.subarray(offset, offset + length);
    this.rest = this.rest.subarray(offset + length);
    return payload;
  }
}
