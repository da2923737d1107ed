package io.layover.parts;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** A registry program on 127.0.0.1, whoever wrote it. */
public abstract class Registry extends Daemon {
  private final int port = Tools.freePort();

  Registry(Path log) {
    super(log);
  }

  /** Starts it, after a stop on the same port with the same storage. */
  public abstract Registry start();

  Registry start(Duration patience) {
    launch(patience);
    return this;
  }

  /** Host and port, as in the name of an image. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  public String url() {
    return "http://" + address();
  }

  @Override
  URI probe() {
    return URI.create(url() + "/v2/");
  }

  /** The root of its storage. */
  public abstract Path storage();
}
