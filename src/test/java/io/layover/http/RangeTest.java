package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeTest {
  /** Of a thousand bytes: first and last of each part. */
  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "bytes=0-0,                            0-0",
    "bytes=0-999,                          0-999",
    "bytes=500-,                           500-999",
    "bytes=-1,                             999-999",
    "bytes=-1000,                          0-999",
    "bytes=-5000,                          0-999",
    "bytes=999-,                           999-999",
    "bytes=900-5000,                       900-999",
    "bytes=900-999999999999999999,         900-999",
    "BYTES=1-2,                            1-2",
    "Bytes=1-2,                            1-2",
    "'bytes= 1-2 ',                        1-2",
    "'bytes=0-0,2-2',                      0-0 2-2",
    "'bytes=5-6 , -1',                     5-6 999-999",
    "'bytes=800-,0-99',                    800-999 0-99",
    "'bytes=0-0,1000-2000',                0-0",
    "'bytes=2-1,3-4',                      3-4",
  })
  void reads(String header, String parts) {
    var ranges = Range.parse(header, 1000);
    assertEquals(
        parts,
        ranges.stream()
            .map(range -> range.start() + "-" + range.last())
            .collect(Collectors.joining(" ")));
  }

  /** As RFC 9110 has it: the whole is sent. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1",
        "bytes=1-2-3",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=0x1-2",
        "bytes 0-1",
        "items=0-1",
        "bytes=0-1;2-3",
        "bytes=0-1,",
        "bytes=0-1,x",
        "bytes=0-1000000000000000000000",
      })
  void ignoresWhatIsMalformed(String header) {
    assertEquals(List.of(), Range.parse(header, 1000));
  }

  @Test
  void ignoresWhatIsExcessive() {
    assertEquals(List.of(), Range.parse("bytes=" + "0-0,".repeat(1024) + "0-0", 1_000_000));
    assertEquals(List.of(), Range.parse("bytes=0-,0-", 1000));
    assertEquals(List.of(), Range.parse("bytes=0-600,300-999", 1000));
    assertEquals(List.of(), Range.parse(null, 1000));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=1000-,         1000",
    "bytes=1000-1001,     1000",
    "bytes=500-0,         1000",
    "bytes=-0,            1000",
    "'bytes=1000-,2000-', 1000",
    "bytes=0-,            0",
    "bytes=0-0,           0",
    "bytes=-1,            0",
  })
  void refusesWhatLiesOutside(String header, long size) {
    var refused = assertThrows(RegistryException.class, () -> Range.parse(header, size));
    assertEquals(ErrorCode.RANGE_INVALID, refused.code());
  }
}
