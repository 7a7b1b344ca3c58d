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

/** What must be true of a client for its deletion to go ahead. What the vendor does not say speaks against it. */
export interface DeletionGuard {
  /** It was last used at least so many days ago; if it was never used, it was created so long ago. */
  unusedForDays?: pulumi.Input<number | undefined>;
  /** It has no more tokens than that which are still good; `0` for none. */
  maxActiveTokens?: pulumi.Input<number | undefined>;
  /** It has been disabled (`status: "inactive"`), and not changed since, for at least so many days. */
  disabledForDays?: pulumi.Input<number | undefined>;
}

/** How a deletion is carried out at a vendor that says how its clients are used. */
export interface GuardedDeletionOptions extends DeletionOptions {
  /**
   * Delete only a client that is not in use: one look right before each deletion, whatever deletes. Otherwise the deletion
   * fails with what was seen, and nothing is changed. `OAUTH_CLIENTS_FORCE` overrules it for one run.
   */
  onlyIf?: pulumi.Input<DeletionGuard | undefined>;
}

/** What no purge deletes, whatever selects it. */
export interface PurgeExclusion {
  /** The vendor's ids of clients. */
  ids?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** Whole names. */
  names?: pulumi.Input<pulumi.Input<string>[] | undefined>;
  /** How names begin. */
  namePrefixes?: pulumi.Input<pulumi.Input<string>[] | undefined>;
}

/** Which existing client a new resource takes over: by the vendor's id, or by the resource's own name. */
export type Adoption = (
  | {
      /** The vendor's id of the client. */
      id: pulumi.Input<string>;
    }
  | {
      /** The client that has this resource's own `name`. */
      byName: true;
    }
) & {
  /**
   * Fail, with a list of the differences, where the client is not what the resource says, and change nothing. A fresh
   * secret that `rotateSecretWhen` asks for is no difference. Default false: the client is changed.
   */
  mustMatch?: pulumi.Input<boolean | undefined>;
};
