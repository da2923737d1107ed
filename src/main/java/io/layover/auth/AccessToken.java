package io.layover.auth;

/**
 * A token that was verified.
 *
 * @param expires the second, since 1970, from which on it is no longer valid
 */
public record AccessToken(Account account, Grants grants, long expires) {}
