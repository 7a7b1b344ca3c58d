/** What TypeScript declarations say about themselves: members with their types and docstrings. */
import { readFileSync } from "node:fs";
import ts from "typescript";

/** A member of an interface or a class. */
export interface Member {
  name: string;
  /** As people read it: without what Pulumi wraps it in. */
  type: string;
  isOptional: boolean;
  doc: string;
}

/** An interface, a class or a function. */
export interface Declaration {
  name: string;
  doc: string;
  example: string | null;
  members: Member[];
  /** Names of the interfaces that it extends. */
  bases: string[];
}

/** The declarations of some files by name. */
export function declarationsIn(files: readonly URL[]): ReadonlyMap<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const file of files) {
    const source = ts.createSourceFile(file.pathname, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    for (const node of source.statements) {
      const declaration = declarationOf(node, source);
      if (declaration !== null) found.set(declaration.name, declaration);
    }
  }
  return found;
}

/** The members of a declaration, with those of its bases first. */
export function membersOf(name: string, all: ReadonlyMap<string, Declaration>): Member[] {
  const declaration = all.get(name);
  if (declaration === undefined) throw new Error(`There is no declaration ${name}.`);
  const inherited = declaration.bases.filter((base) => all.has(base)).flatMap((base) => membersOf(base, all));
  return [...inherited, ...declaration.members];
}

function declarationOf(node: ts.Statement, source: ts.SourceFile): Declaration | null {
  const isKnown = ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isFunctionDeclaration(node);
  if (!isKnown || node.name === undefined) return null;
  const bases = ts.isInterfaceDeclaration(node) ? (node.heritageClauses ?? []).flatMap(({ types }) => types) : [];
  const nodes = ts.isFunctionDeclaration(node) ? [] : [...node.members];
  return {
    name: node.name.text,
    doc: docOf(node),
    example: exampleOf(node),
    bases: bases.map(({ expression }) => expression.getText(source)),
    members: nodes.flatMap((member) => memberOf(member, source)),
  };
}

function memberOf(node: ts.Node, source: ts.SourceFile): Member[] {
  const isMember = ts.isPropertySignature(node) || ts.isPropertyDeclaration(node);
  if (!isMember || node.type === undefined || !ts.isIdentifier(node.name)) return [];
  const type = plainType(node.type.getText(source));
  return [{ name: node.name.text, type, isOptional: node.questionToken !== undefined, doc: docOf(node) }];
}

/** Pulumi's wrappers say the same of every input and output. */
function plainType(text: string): string {
  let plain = text.replace(/\s+/g, " ");
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replace(/pulumi\.(?:Input|Output|Unwrap)<((?:[^<>]|<[^<>]*>)*)>/g, "$1");
  }
  return plain.replace(/ \| undefined/g, "").replace('Revocation["outcome"]', "string");
}

function docOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return inOneLine(ts.getTextOfJSDocComment(doc?.comment) ?? "");
}

function exampleOf(node: ts.Node): string | null {
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === "example");
  return tag === undefined ? null : (ts.getTextOfJSDocComment(tag.comment) ?? null);
}

/** Paragraphs stay; what a docstring links to is code. */
function inOneLine(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s*\n\s*/g, " ").replace(/\{@link ([\w.]+)\}/g, "`$1`"))
    .join("\n\n");
}
