/** How the API reference looks: few pages in one folder, tables, and nothing that only typedoc has a use for. */
import {
  type Application,
  type Comment,
  type ContainerReflection,
  type Context,
  Converter,
  type Reflection,
  ReflectionKind,
  type TypeDocOptions,
} from "typedoc";
import { type MarkdownPageEvent, MarkdownTheme, ModuleRouter, type PluginOptions } from "typedoc-plugin-markdown";

const NAME = "oauth-clients";

/** The options of a layout. */
export const LAYOUT = {
  theme: NAME,
  router: NAME,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  indexFormat: "table",
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  propertyMembersFormat: "table",
  typeDeclarationFormat: "table",
  expandObjects: true,
  blockTagsPreserveOrder: ["@example"],
  preservedTypeAnnotationTags: ["@throws"],
  tableColumnSettings: {
    hideDefaults: true,
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
    hideSources: true,
    leftAlignHeaders: true,
  },
} as const satisfies Partial<PluginOptions> & TypeDocOptions;

/** Makes the layout known to typedoc, as a plugin. */
export function loadLayout(app: Application): void {
  app.renderer.defineTheme(NAME, Theme);
  app.renderer.defineRouter(NAME, Router);
  app.converter.on(Converter.EVENT_RESOLVE_END, arrange, AFTER_ALL_ELSE);
}

const AFTER_ALL_ELSE = -1_000;

function arrange({ project }: Context): void {
  for (const reflection of [project, ...project.getReflectionsByKind(ReflectionKind.All)]) {
    if (reflection.comment !== undefined) nameErrors(reflection.comment);
    if (reflection.isContainer() && reflection.kindOf(PAGES)) sortByName(reflection);
  }
}

const PAGES = [ReflectionKind.Project, ReflectionKind.Module, ReflectionKind.Namespace];

/**
 * What is on a page stands in the source in the order of files, which a reader does not know; a type's fields stay. The
 * children come as the page has them, because the numbers in anchors are given in their order.
 */
function sortByName(reflection: ContainerReflection): void {
  const { groups = [] } = reflection;
  for (const { children } of groups) children.sort((one, other) => (one.name < other.name ? -1 : 1));
  reflection.childrenIncludingDocuments = groups.flatMap(({ children }) => children);
}

/** The class in `@throws {…}`, which the plugin leaves out. */
function nameErrors({ blockTags }: Comment): void {
  for (const { typeAnnotation, content } of blockTags) {
    const [, name] = /^\{(.+)\}$/.exec(typeAnnotation ?? "") ?? [];
    if (name !== undefined) content.unshift({ kind: "code", text: `\`${name}\`` }, { kind: "text", text: ": " });
  }
}

/** A page has the last part of an entry's name: `pulumi-oauth-clients/automation` is in `automation.md`. */
class Router extends ModuleRouter {
  override getIdealBaseName(reflection: Reflection): string {
    const hasPage = reflection.kindOf([ReflectionKind.Module, ReflectionKind.Namespace]);
    return hasPage ? (reflection.name.split("/").at(-1) ?? "") : super.getIdealBaseName(reflection);
  }
}

class Theme extends MarkdownTheme {
  override getRenderContext(page: MarkdownPageEvent<Reflection>) {
    const context = super.getRenderContext(page);
    const { signatureReturns } = context.partials;
    context.partials.inheritance = () => "";
    context.partials.hierarchy = () => "";
    // A constructor returns what it constructs.
    context.partials.signatureReturns = (signature, options) =>
      signature.kindOf(ReflectionKind.ConstructorSignature) ? "" : signatureReturns(signature, options);
    return context;
  }
}
