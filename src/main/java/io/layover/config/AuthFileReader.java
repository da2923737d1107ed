package io.layover.config;

import java.nio.file.Path;
import java.util.List;

/** Reads docker_auth's file. */
public final class AuthFileReader {
  private static final List<String> UNSERVED =
      List.of(
          "google_auth",
          "github_auth",
          "oidc_auth",
          "gitlab_auth",
          "ldap_auth",
          "mongo_auth",
          "xorm_auth",
          "plugin_authn",
          "acl_mongo",
          "acl_xorm",
          "casbin_authz",
          "plugin_authz");

  private AuthFileReader() {}

  /**
   * The configuration of a token server inside the registry; where it listens is not required.
   *
   * @throws ConfigException with every problem there is
   */
  public static AuthFile embedded(Path file) {
    return read(file, false);
  }

  /**
   * The configuration of a token server that runs alone.
   *
   * @throws ConfigException with every problem there is
   */
  public static AuthFile alone(Path file) {
    return read(file, true);
  }

  private static AuthFile read(Path file, boolean isAlone) {
    var problems = new Problems();
    var root = Section.root(YamlFile.read(file, "", problems), problems);
    for (var key : UNSERVED) {
      root.skip(key);
      if (root.has(key)) {
        root.problem(key, Unserved.YET);
      }
    }
    var read = AuthFile.read(root, problems);
    if (isAlone) {
      read.server().checkAlone(root.section("server"));
    }
    problems.throwIfAny();
    return read;
  }
}
