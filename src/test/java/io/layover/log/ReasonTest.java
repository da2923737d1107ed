package io.layover.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReasonTest {
  static Stream<Arguments> exceptions() {
    return Stream.of(
        Arguments.of(
            new ConnectException(
                "finishConnect(..) failed with error(-111): Connection refused: /127.0.0.1:1"),
            "connection refused"),
        Arguments.of(new UnknownHostException("a.example"), "unknown host: a.example"),
        Arguments.of(new TimeoutException(), "no answer in time"),
        Arguments.of(new AccessDeniedException("/data"), "permission denied for /data"),
        Arguments.of(new NoSuchFileException("/data"), "/data does not exist"),
        Arguments.of(
            new IOException("recvAddress(..) failed with error(-104): Connection reset by peer"),
            "Connection reset by peer"),
        Arguments.of(new IOException("outer", new IOException("inner")), "outer: inner"),
        Arguments.of(new IOException("no: inner", new IOException("inner")), "no: inner"),
        Arguments.of(new IOException("one\ntwo"), "one"),
        Arguments.of(new RuntimeException(new TimeoutException()), "no answer in time"),
        Arguments.of(new IllegalStateException(), "IllegalStateException"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("exceptions")
  void isShort(Throwable e, String words) {
    assertEquals(words, Reason.of(e));
  }
}
