package io.layover.standin;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * A server that means harm: it sends what it is told to, well formed or not, for as long as anyone
 * listens, and counts how much of it was taken.
 */
public final class FloodStandIn implements AutoCloseable {
  /** So that what was sent and not taken is little. */
  private static final int SEND_BUFFER = 32 << 10;

  private final Sockets sockets;
  private final List<Flood> floods = new CopyOnWriteArrayList<>();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();

  /**
   * An answer.
   *
   * @param path of the requests that get it
   * @param head comes first
   * @param more comes after it, again and again
   * @param pause before each time
   */
  private record Flood(Pattern path, String head, String more, Duration pause) {}

  private FloodStandIn() throws IOException {
    sockets = Sockets.serve(this::serve);
  }

  public static FloodStandIn start() throws IOException {
    return new FloodStandIn();
  }

  public String url() {
    return "http://127.0.0.1:" + sockets.port();
  }

  /** Answers requests for such a path with {@code head}, and with {@code more} without end. */
  public FloodStandIn answer(String pathRegex, String head, String more) {
    return answer(pathRegex, head, more, Duration.ZERO);
  }

  /** As above, and slowly. */
  public FloodStandIn answer(String pathRegex, String head, String more, Duration pause) {
    floods.add(new Flood(Pattern.compile(pathRegex), head, more, pause));
    return this;
  }

  /** The bytes that were taken, or are on their way. */
  public long bytesSent() {
    return sent.get();
  }

  public long requests() {
    return requests.get();
  }

  private void serve(Socket socket) throws IOException {
    socket.setSendBufferSize(SEND_BUFFER);
    var in = new BufferedInputStream(socket.getInputStream());
    for (var line = request(in); !line.isEmpty(); line = request(in)) {
      requests.incrementAndGet();
      var path = line.split(" ", -1)[1];
      for (var flood : floods) {
        if (flood.path.matcher(path).find()) {
          send(socket.getOutputStream(), flood);
          break;
        }
      }
    }
  }

  /** The first line of a request that is there whole; nothing if the other side leaves. */
  private static String request(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var c = in.read();
      if (c < 0) {
        return "";
      }
      head.append((char) c);
    }
    return head.substring(0, head.indexOf("\r\n"));
  }

  private void send(OutputStream out, Flood flood) throws IOException {
    write(out, bytes(flood.head));
    var more = bytes(flood.more);
    while (more.length > 0) {
      pause(flood.pause);
      write(out, more);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void write(OutputStream out, byte[] bytes) throws IOException {
    out.write(bytes);
    sent.addAndGet(bytes.length);
  }

  private static void pause(Duration pause) throws InterruptedIOException {
    if (pause.isPositive()) {
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }
  }

  @Override
  public void close() throws IOException {
    sockets.close();
  }
}
