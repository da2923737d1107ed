package io.layover;

import io.layover.auth.IssuedTokens;
import io.layover.auth.Revocations;
import io.layover.auth.StateDirectory;
import io.layover.config.Auth;
import io.layover.config.AuthFileReader;
import io.layover.config.ConfigException;
import io.layover.log.Reason;
import io.layover.oci.Excerpt;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows and revokes the refresh tokens that clients keep; a running server follows at once. */
@Command(
    name = "tokens",
    description =
        "Shows or revokes the refresh tokens that the token server has given out. CONFIG is"
            + " distribution's or docker_auth's.",
    mixinStandardHelpOptions = true)
final class TokensCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "list or revoke?");
  }

  @Command(
      name = "list",
      description = "Shows the latest refresh tokens, and which of them are revoked.",
      mixinStandardHelpOptions = true)
  int list(@Mixin ConfigArgument config) {
    return on(
        config,
        state -> {
          var revoked = Revocations.of(state);
          var out = spec.commandLine().getOut();
          for (var entry : IssuedTokens.read(state)) {
            out.println(line(entry, revoked.hold(entry)));
          }
          out.flush();
        });
  }

  private static String line(IssuedTokens.Entry entry, boolean isRevoked) {
    return "%s  %s  %s  user %s  service %s%s"
        .formatted(
            entry.id(),
            entry.issued(),
            entry.client().isEmpty() ? "-" : entry.client(),
            Excerpt.of(entry.user()),
            Excerpt.of(entry.service()),
            isRevoked ? "  revoked" : "");
  }

  @Command(
      name = "revoke",
      description =
          "Revokes refresh tokens: by their ids, or all that a user has been given until now.",
      mixinStandardHelpOptions = true)
  int revoke(
      @Option(
              names = "--token",
              paramLabel = "ID",
              description = "As list and the audit log show it.")
          @Nullable List<String> ids,
      @Option(names = "--user", paramLabel = "NAME", description = "Whose tokens.")
          @Nullable List<String> users,
      @Mixin ConfigArgument config) {
    var tokens = ids == null ? new ArrayList<String>() : ids;
    var names = users == null ? new ArrayList<String>() : users;
    if (tokens.isEmpty() && names.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "revoke needs --token or --user");
    }
    return on(
        config,
        state -> {
          for (var id : tokens) {
            Revocations.revokeToken(state, id);
          }
          for (var name : names) {
            Revocations.revokeUser(state, name, Instant.now());
          }
        });
  }

  private interface Work {
    void on(StateDirectory state) throws IOException;
  }

  private int on(ConfigArgument config, Work work) {
    var err = spec.commandLine().getErr();
    try {
      var state = state(config);
      if (state == null) {
        err.println("no refresh tokens are kept: token.directory does not say where");
        return 1;
      }
      work.on(state);
      return 0;
    } catch (ConfigException e) {
      e.problems().forEach(err::println);
    } catch (IOException e) {
      err.println(Reason.of(e));
    }
    return 1;
  }

  private @Nullable StateDirectory state(ConfigArgument config) {
    var file = config.file();
    if (file != null && AuthFileReader.isOne(file)) {
      return TokenServing.state(AuthFileReader.embedded(file), null);
    }
    var effective = config.read();
    if (effective.auth() instanceof Auth.TokenServer server) {
      var rules = AuthFileReader.embedded(server.server());
      return TokenServing.state(rules, Securing.state(effective.storage()));
    }
    throw new ParameterException(
        spec.commandLine(),
        "this needs docker_auth's file, or a configuration with auth.token.server");
  }
}
