import type * as pulumi from "@pulumi/pulumi";

/** How a deletion is carried out. */
export interface DeletionOptions {
  /**
   * What an answer that says "not there" means. `verify` (default): already gone, unless a second look or the answer
   * itself speaks against it. `trust`: already gone, without a second look. `fail`: an error.
   */
  alreadyGone?: pulumi.Input<"verify" | "trust" | "fail" | undefined>;
  /** Disable the client before its deletion. Default false. A vendor that refuses gives a warning. */
  disableFirst?: pulumi.Input<boolean | undefined>;
}

/** Which existing client a new resource takes over: by the vendor's id, or by the resource's own name. */
export type Adoption = ({ id: pulumi.Input<string> } | { byName: true }) & {
  /**
   * Fail, with a list of the differences, where the client is not what the resource says, and change nothing. A fresh
   * secret that `rotateSecretWhen` asks for is no difference. Default false: the client is changed.
   */
  mustMatch?: pulumi.Input<boolean | undefined>;
};
