/** What is used of gRPC: it is installed only where it is measured, so the compiler cannot count on its own types. */

import type { Duplex } from 'node:stream';
import { loadOther } from '../others.js';

type AsBytes = (bytes: Buffer) => Buffer;

export interface BytesMethod {
  readonly path: string;
  readonly requestStream: true;
  readonly responseStream: true;
  readonly requestSerialize: AsBytes;
  readonly requestDeserialize: AsBytes;
  readonly responseSerialize: AsBytes;
  readonly responseDeserialize: AsBytes;
}

export interface Metadata {
  set(key: string, value: string): void;
  get(key: string): readonly (string | Buffer)[];
}

export interface Client {
  makeBidiStreamRequest(path: string, serialize: AsBytes, deserialize: AsBytes, metadata: Metadata): Duplex;
  close(): void;
}

export type ServerStream = Duplex & { readonly metadata: Metadata };

interface Server {
  addService<Service>(
    service: Service,
    handlers: { readonly [Name in keyof Service]: (stream: ServerStream) => void },
  ): void;
  bindAsync(address: string, credentials: object, onBound: (error: Error | null, port: number) => void): void;
}

interface Grpc {
  readonly Client: new (address: string, credentials: object) => Client;
  readonly Metadata: new () => Metadata;
  readonly Server: new () => Server;
  readonly ServerCredentials: { createInsecure(): object };
  readonly credentials: { createInsecure(): object };
}

/** @throws what kept it from being loaded. */
export function loadGrpc(): Grpc {
  return loadOther<Grpc>('@grpc/grpc-js');
}
