package io.layover.standin;

/** What a stand-in asks of those who pull. */
public enum Auth {
  TOKEN,
  /** A token for what is secret; everybody may have the rest. */
  TOKEN_FOR_SECRETS,
  BASIC,
  NONE
}
