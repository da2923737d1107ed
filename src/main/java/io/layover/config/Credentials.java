package io.layover.config;

import org.jspecify.annotations.Nullable;

/** A user and a password. */
public record Credentials(String username, Secret password) {
  /** Both keys or neither. */
  static @Nullable Credentials read(Section s) {
    var username = s.text("username");
    var password = s.secret("password");
    if (username == null && password != null) {
      s.problem("password", "needs a username beside it");
    }
    if (username != null && password == null) {
      s.problem("username", "needs a password beside it");
    }
    return username == null || password == null ? null : new Credentials(username, password);
  }
}
