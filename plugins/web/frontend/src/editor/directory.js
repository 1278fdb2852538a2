// What settings can name: users, groups, task types, fields with their comparisons, tags.

import { say } from "../words.js";

/**
 * @typedef {{path: string, name: string, type: string, ops: string[], options: string[] | null}} FieldChoice
 * @typedef {{id: string, name: string, active?: boolean, groups?: string[]}} Named
 * @typedef {{zone: string, users: Named[], groups: Named[], task_types: Named[], fields: FieldChoice[], tags: Record<string, string[]>, ops: Record<string, string>}} Directory
 */

/** Comparisons that also exist in the negative. */
export const NEGATED = new Set(["eq", "in", "contains", "has_any", "is_set"]);
const TIMES = new Set(["date", "datetime"]);
const ATTRIBUTES = new Set(["name", "responsible", "tags", "id", "text", "created", "type"]);

/**
 * Find a field; one that nobody declares can hold anything.
 * @param {Directory} directory
 * @param {string} path
 * @returns {FieldChoice}
 */
export function fieldOf(directory, path) {
  const found = directory.fields.find((each) => each.path === path);
  return found ?? { path, name: path, type: "text", ops: Object.keys(directory.ops), options: null };
}

/**
 * Name a field for people.
 * @param {FieldChoice} field
 */
export function fieldName(field) {
  const [entity, name] = [field.path.split(".")[0], field.path.slice(field.path.indexOf(".") + 1)];
  const isAttribute = ATTRIBUTES.has(name) && field.name === name;
  return isAttribute ? say(`build.attr.${name}`) : field.name || `${entity}.${name}`;
}

/**
 * List the comparisons that fit a field, each with its words; a negated one is written `not eq`.
 * @param {FieldChoice} field
 * @returns {[string, string][]}
 */
export function comparisons(field) {
  return field.ops.flatMap((op) => {
    const forms = NEGATED.has(op) ? [op, `not ${op}`] : [op];
    return forms.map((form) => /** @type {[string, string]} */ ([form, opName(form, field)]));
  });
}

/**
 * @param {string} form
 * @param {FieldChoice} field
 */
export function opName(form, field) {
  const timed = `build.time.${form}`;
  if (TIMES.has(field.type) && say(timed) !== timed) return say(timed);
  const key = `build.op.${form}`;
  return say(key) === key ? form : say(key);
}

/**
 * Choose the kind of picker for a value.
 * @param {FieldChoice} field
 * @param {string} operand what the comparison asks for
 * @returns {string}
 */
export function pickerOf(field, operand) {
  if (operand === "true") return "nothing";
  if (operand === "day range") return "days";
  if (operand === "text") return "text";
  const several = operand === "scalars" || operand === "texts";
  const single = { number: "number", boolean: "boolean", date: "date", datetime: "instant", user: "choice", task_type: "choice", option: "choice", options: "choice" }[field.type] ?? "text";
  if (operand === "range") return `range of ${single}`;
  if (several) return single === "choice" ? "choices" : "several";
  return single;
}

/**
 * List what a picker of choices offers: values and texts.
 * @param {Directory} directory
 * @param {FieldChoice} field
 * @returns {[string, string][]}
 */
export function choices(directory, field) {
  if (field.type === "user") return directory.users.map((each) => [each.id, each.name]);
  if (field.type === "task_type") return directory.task_types.map((each) => [each.id, each.name]);
  return (field.options ?? []).map((each) => [each, each]);
}

/**
 * List the tags that a field may hold.
 * @param {Directory} directory
 * @param {FieldChoice} field
 */
export function tagsOf(directory, field) {
  return field.path.endsWith(".tags") ? directory.tags[field.path.split(".")[0]] ?? [] : field.options ?? [];
}
