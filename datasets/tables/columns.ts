import { Field, type DataType, Schema } from 'apache-arrow'

/** Schema metadata key that holds the format, e.g. `attune-pairs/1`. The only key: its order is then fixed too. */
export const FORMAT_KEY = 'attune:format'

/** Field metadata key that holds the description of a column. */
export const DESCRIPTION_KEY = 'description'

/** A described column. */
export function column<T extends DataType>(
  name: string,
  type: T,
  description: string,
  nullable: 'required' | 'nullable' = 'required',
): Field<T> {
  return new Field(name, type, nullable === 'nullable', new Map([[DESCRIPTION_KEY, description]]))
}

/** The schema of one of attune's tables under its format name. */
export function tableSchema(format: string, columns: Field[]): Schema {
  return new Schema(columns, new Map([[FORMAT_KEY, format]]))
}
