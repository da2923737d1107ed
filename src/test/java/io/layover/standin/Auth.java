package io.layover.standin;

/** What a stand-in asks of those who pull. */
public enum Auth {
  TOKEN,
  BASIC,
  NONE
}
