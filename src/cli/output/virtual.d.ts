/** Texts of other packages, put into the build by `tools/build`. */
declare module "virtual:uplot-script" {
  const text: string;
  export default text;
}
declare module "virtual:uplot-style" {
  const text: string;
  export default text;
}
