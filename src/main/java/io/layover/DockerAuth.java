package io.layover;

import io.layover.auth.AccessList;
import io.layover.auth.AccessRule;
import io.layover.config.AclEntry;
import io.layover.config.AuthFile;
import java.util.ArrayList;
import java.util.List;

/** What docker_auth's file says of access, as the parts that decide take it. */
final class DockerAuth {
  private DockerAuth() {}

  /** The rules; empty if there is no section. */
  static AccessList rules(AuthFile file) {
    var entries = file.acl() == null ? List.<AclEntry>of() : file.acl();
    var rules = new ArrayList<AccessRule>();
    for (var entry : entries) {
      rules.add(rule(entry, rules.size()));
    }
    return new AccessList(rules);
  }

  private static AccessRule rule(AclEntry entry, int index) {
    var match = entry.match();
    var comment = entry.comment() == null ? "" : " (" + entry.comment() + ")";
    return new AccessRule(
        new AccessRule.Match(
            match.account(),
            match.type(),
            match.name(),
            match.ip(),
            match.service(),
            match.labels()),
        entry.actions(),
        "acl[%d] at %s%s".formatted(index, entry.place(), comment));
  }
}
