package io.layover.parts;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What operators put in front of a registry, nginx or HAProxy, with a configuration of theirs. */
public final class FrontDoor extends Daemon {
  private final List<String> command;
  private final int port;

  private FrontDoor(Path folder, int port, List<String> command) {
    super(folder.resolve("front.log"));
    this.port = port;
    this.command = command;
  }

  /**
   * nginx.
   *
   * @param server the content of its one {@code server} block, without {@code listen}
   */
  public static FrontDoor nginx(String server) {
    var folder = Tools.freshFolder("nginx");
    var port = Tools.freePort();
    var file = folder.resolve("nginx.conf");
    Tools.write(
        file,
        """
        daemon off;
        %s
        pid %s/nginx.pid;
        error_log %s/error.log warn;
        events {}
        http {
          access_log %s/access.log;
          client_body_temp_path %s/body;
          proxy_temp_path %s/proxy;
          fastcgi_temp_path %s/fastcgi;
          uwsgi_temp_path %s/uwsgi;
          scgi_temp_path %s/scgi;
          server {
            listen 127.0.0.1:%d ssl;
            %s
          }
        }
        """
            .formatted(
                System.getProperty("user.name").equals("root") ? "user root root;" : "",
                folder,
                folder,
                folder,
                folder,
                folder,
                folder,
                folder,
                folder,
                port,
                server));
    return new FrontDoor(
        folder,
        port,
        List.of(
            Tools.path("nginx"),
            "-p",
            folder.toString(),
            "-e",
            folder.resolve("error.log").toString(),
            "-c",
            file.toString()));
  }

  /**
   * HAProxy.
   *
   * @param pem a certificate and its key in one file
   * @param rest what follows {@code bind} in the frontend, and the backends
   */
  public static FrontDoor haproxy(Path pem, String rest) {
    var folder = Tools.freshFolder("haproxy");
    var port = Tools.freePort();
    var file = folder.resolve("haproxy.cfg");
    Tools.write(
        file,
        """
        defaults
          mode http
          timeout connect 5s
          timeout client 60s
          timeout server 60s
        frontend front
          bind 127.0.0.1:%d ssl crt %s
        %s
        """
            .formatted(port, pem, rest));
    return new FrontDoor(folder, port, List.of(Tools.path("haproxy"), "-f", file.toString()));
  }

  public FrontDoor start() {
    launch(Duration.ofSeconds(20));
    return this;
  }

  /** Host and port, as in the name of an image. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  List<String> command() {
    return command;
  }

  @Override
  URI probe() {
    return URI.create("https://" + address());
  }
}
