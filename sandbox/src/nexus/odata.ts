import { READ_FIELDS, type ReadField } from "./fields.ts";
import { badRequest } from "./problems.ts";
import type { NexusSettings } from "./settings.ts";
import type { ReadModel } from "./views.ts";

interface Order {
  readonly field: ReadField;
  readonly descending: boolean;
}

/** What a list is asked for (vendor-apis 4.2); the parameters have no `$` before their names. */
export interface ListQuery {
  readonly select: readonly ReadField[] | undefined;
  readonly orderby: readonly Order[];
  readonly search: string;
  readonly top: number;
  readonly skip: number;
}

/** Page size of a list without `top`. */
const DEFAULT_TOP = 50;

/** The fields that a search looks into. */
const SEARCHED = ["id", "name", "applicationName", "productName"] as const satisfies readonly ReadField[];

function parseField(name: string, parameter: string): ReadField {
  const field = READ_FIELDS.find((candidate) => candidate === name);
  if (field === undefined) throw badRequest(`${parameter}: a client has no field "${name}".`);
  return field;
}

function items(list: string | null): string[] {
  return (list ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function parseOrder(item: string): Order {
  const [name = "", direction = "asc", ...rest] = item.split(/\s+/);
  if (rest.length > 0 || !/^(asc|desc)$/i.test(direction)) {
    throw badRequest(`orderby: "${item}" is not a field with ASC or DESC.`);
  }
  return { field: parseField(name, "orderby"), descending: direction.toLowerCase() === "desc" };
}

function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw badRequest(`${name}: it must be a whole number, 0 or more.`);
  return value;
}

function parseTop(query: URLSearchParams, { maxTop, topTooLarge }: NexusSettings): number {
  const top = parseCount(query, "top") ?? Math.min(DEFAULT_TOP, maxTop);
  if (top > maxTop && topTooLarge === "refuse") throw badRequest(`top: it must not be more than ${maxTop}.`);
  return Math.min(top, maxTop);
}

/** @throws {NexusProblem} 400 */
export function parseListQuery(query: URLSearchParams, settings: NexusSettings): ListQuery {
  const skip = parseCount(query, "skip") ?? 0;
  const paging = { top: parseTop(query, settings), skip: settings.ignoresSkip ? 0 : skip };
  if (settings.ignoresQuery) return { ...paging, select: undefined, orderby: [], search: "" };
  const select = items(query.get("select")).map((name) => parseField(name, "select"));
  return {
    ...paging,
    select: select.length === 0 ? undefined : select,
    orderby: items(query.get("orderby")).map(parseOrder),
    search: (query.get("search") ?? "").trim().toLowerCase(),
  };
}

/** Nothing comes before something; texts by their characters; anything else is not put in any order. */
function compare(left: unknown, right: unknown): number {
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? -1 : 1;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : 1;
  return Number(left) - Number(right) || 0;
}

function inOrder(orderby: readonly Order[]) {
  return (left: ReadModel, right: ReadModel): number => {
    for (const { descending, field } of orderby) {
      const order = compare(left[field], right[field]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
}

function finds(search: string, mode: NexusSettings["search"], client: ReadModel): boolean {
  if (search === "") return true;
  return (
    mode === "contains" &&
    SEARCHED.some((field) =>
      String(client[field] ?? "")
        .toLowerCase()
        .includes(search),
    )
  );
}

/** The page, and how many clients there are on all pages together. */
interface Page {
  readonly count: number;
  readonly value: readonly Readonly<Partial<ReadModel>>[];
}

/** What `@odata.count` says, if anything. */
export function shownCount(
  mode: NexusSettings["count"],
  { count, value }: Page,
): { readonly "@odata.count"?: number | null } {
  switch (mode) {
    case "all":
      return { "@odata.count": count };
    case "page":
      return { "@odata.count": value.length };
    case "zero":
      return { "@odata.count": 0 };
    case "null":
      return { "@odata.count": null };
    case "absent":
      return {};
  }
}

export function queried(
  clients: readonly ReadModel[],
  { orderby, search, select, skip, top }: ListQuery,
  mode: NexusSettings["search"],
): Page {
  const found = clients.filter((client) => finds(search, mode, client));
  const page = found.toSorted(inOrder(orderby)).slice(skip, skip + top);
  if (select === undefined) return { count: found.length, value: page };
  const value = page.map((client) => Object.fromEntries(select.map((field) => [field, client[field]])));
  return { count: found.length, value };
}
