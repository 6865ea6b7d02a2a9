/**
 * The interface that validators share (https://standardschema.dev, version 1): zod, valibot, arktype and others have it. As its
 * authors advise, it stands here as types, and is no dependency.
 */

/** A validator: what it takes, and what it gives when that is right. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong, and where. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema gives. */
export type OutputOf<Schema> = Schema extends StandardSchema<unknown, infer Output> ? Output : never;
