package io.layover.warm;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where {@code docker login} and its like have left passwords. */
public final class Logins {
  private final JsonObject auths;

  private Logins(JsonObject auths) {
    this.auths = auths;
  }

  /** The file that docker reads in this environment. */
  public static Path file(Map<String, String> environment) {
    var folder = environment.get("DOCKER_CONFIG");
    return folder == null
        ? Path.of(System.getProperty("user.home"), ".docker", "config.json")
        : Path.of(folder, "config.json");
  }

  /**
   * Those of a file; none if it is not there.
   *
   * @throws IOException if it cannot be read
   */
  public static Logins read(Path file) throws IOException {
    try {
      var content = new JsonObject(Files.readString(file));
      return new Logins(
          Objects.requireNonNullElseGet(content.getJsonObject("auths"), JsonObject::new));
    } catch (NoSuchFileException e) {
      return new Logins(new JsonObject());
    } catch (DecodeException | ClassCastException e) {
      throw new IOException(file + " is no docker configuration", e);
    }
  }

  /** User and password of a server, as they stand in a header of the scheme Basic; or null. */
  @Nullable String basic(URI server) {
    for (var key : new String[] {server.getRawAuthority(), server.toString(), server + "/v2/"}) {
      if (auths.getValue(key) instanceof JsonObject login
          && login.getValue("auth") instanceof String text
          && !text.isEmpty()) {
        return text;
      }
    }
    return null;
  }
}
