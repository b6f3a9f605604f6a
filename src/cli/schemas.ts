import values from '../../charts/shimgate/values.schema.json' with { type: 'json' };
import configuration from '../config/configuration.schema.json' with { type: 'json' };
import { version } from './version.ts';

/** `tsType` is for the generator of types alone. */
function withoutTypes<T>(schema: T): T {
  const left = (key: string, value: unknown): unknown => (key === 'tsType' ? undefined : value);
  return JSON.parse(JSON.stringify(schema, left)) as T;
}

/** The JSON Schemas of what people write, each known by an address with the version of shimgate in it. */
export const schemas: Readonly<Record<'configuration' | 'values', object>> = {
  configuration: { ...withoutTypes(configuration), $id: addressOf('src/config/configuration.schema.json') },
  values: { ...values, $id: addressOf('charts/shimgate/values.schema.json') },
};

function addressOf(file: string): string {
  return `https://raw.githubusercontent.com/shimgate/shimgate/v${version}/${file}`;
}
