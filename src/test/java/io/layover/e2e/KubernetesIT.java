package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.Config;
import io.layover.config.ConfigReader;
import io.layover.config.Storage;
import io.layover.parts.Command;
import io.layover.parts.RealParts;
import io.layover.parts.Tools;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What Kubernetes is given, by the chart and by the sample, fits the program and the image. */
class KubernetesIT {
  private static final Path CHART = Path.of("deploy", "helm", "layover").toAbsolutePath();

  @Test
  void theSampleFits() throws IOException {
    var objects = objects(Files.readString(Path.of("config/kubernetes/layover.yaml")));
    assertEquals(
        List.of("ConfigMap", "PersistentVolumeClaim", "Service", "Service", "Deployment"),
        kinds(objects));
    fits(objects, objects.getLast());
  }

  @RealParts({"helm"})
  @Test
  void theChartFits() throws IOException {
    Command.of("helm", "lint", "--strict", CHART.toString()).run().orFail();
    var objects = objects(template("--set", "serviceMonitor.enabled=true"));
    assertEquals(List.of("ConfigMap", "Service", "StatefulSet", "ServiceMonitor"), kinds(objects));
    fits(objects, objects.get(2));
  }

  @RealParts({"helm"})
  @Test
  void theChartTakesWhatItsValuesOffer() {
    var objects =
        objects(
            template(
                "--set",
                "javaOptions=-Xmx300m",
                "--set",
                "persistence.enabled=false",
                "--set",
                "env[0].name=REGISTRY_PROXY_USERNAME,env[0].value=me"));
    var env = container(objects.getLast()).getJsonArray("env");
    assertEquals(
        new JsonArray(
            List.of(
                Map.of("name", "_JAVA_OPTIONS", "value", "-Xmx300m"),
                Map.of("name", "REGISTRY_PROXY_USERNAME", "value", "me"))),
        env);
  }

  private static String template(String... values) {
    return Command.of("helm", "template", "pull", CHART.toString()).with(values).run().orFail();
  }

  private static List<JsonObject> objects(String text) {
    var all = new ArrayList<JsonObject>();
    for (var object : new Load(LoadSettings.builder().build()).loadAllFromString(text)) {
      all.add(JsonObject.mapFrom(object));
    }
    return all;
  }

  private static List<String> kinds(List<JsonObject> objects) {
    return objects.stream().map(object -> object.getString("kind")).toList();
  }

  private static JsonObject pod(JsonObject workload) {
    return workload.getJsonObject("spec").getJsonObject("template");
  }

  private static JsonObject container(JsonObject workload) {
    return pod(workload).getJsonObject("spec").getJsonArray("containers").getJsonObject(0);
  }

  private static void fits(List<JsonObject> objects, JsonObject workload) throws IOException {
    var config = config(objects.getFirst());
    var ports = named(container(workload).getJsonArray("ports"), "containerPort");
    assertEquals(
        Map.of(
            "registry",
            config.http().addr().port(),
            "debug",
            Objects.requireNonNull(config.http().debug().addr()).port()),
        ports);
    assertTrue(config.http().debug().prometheus().enabled());
    probesAreAnswered(container(workload));
    isConfined(workload);
    volumesAreThere(workload, config, objects);
    var pod = pod(workload).getJsonObject("spec");
    assertTrue(
        pod.getInteger("terminationGracePeriodSeconds") > config.http().draintimeout().toSeconds());
    for (var service :
        objects.stream().filter(o -> o.getString("kind").equals("Service")).toList()) {
      var spec = service.getJsonObject("spec");
      assertEquals(
          pod(workload).getJsonObject("metadata").getJsonObject("labels"),
          spec.getJsonObject("selector"));
      spec.getJsonArray("ports").stream()
          .map(port -> ((JsonObject) port).getString("targetPort"))
          .forEach(port -> assertTrue(ports.containsKey(port), port));
    }
  }

  private static Config config(JsonObject configMap) throws IOException {
    var file = Tools.freshFolder("kubernetes").resolve("config.yml");
    Files.writeString(file, configMap.getJsonObject("data").getString("config.yml"));
    return ConfigReader.read(file, Map.of());
  }

  private static Map<String, Integer> named(JsonArray list, String value) {
    return list.stream()
        .map(JsonObject.class::cast)
        .collect(Collectors.toMap(one -> one.getString("name"), one -> one.getInteger(value)));
  }

  private static void probesAreAnswered(JsonObject container) {
    for (var probe : Map.of("readinessProbe", "/ready", "livenessProbe", "/health").entrySet()) {
      var asked = container.getJsonObject(probe.getKey()).getJsonObject("httpGet");
      assertEquals(new JsonObject().put("path", probe.getValue()).put("port", "debug"), asked);
    }
  }

  /** As the image's own user, who may write nothing but volumes. */
  private static void isConfined(JsonObject workload) throws IOException {
    var user =
        Pattern.compile("USER (\\d+):(\\d+)").matcher(Files.readString(Path.of("Dockerfile")));
    assertTrue(user.find());
    var pod = pod(workload).getJsonObject("spec").getJsonObject("securityContext");
    assertEquals(user.group(1), pod.getInteger("runAsUser").toString());
    assertEquals(user.group(2), pod.getInteger("runAsGroup").toString());
    assertEquals(user.group(2), pod.getInteger("fsGroup").toString());
    assertTrue(pod.getBoolean("runAsNonRoot"));
    assertEquals(
        new JsonObject()
            .put("allowPrivilegeEscalation", false)
            .put("readOnlyRootFilesystem", true)
            .put("capabilities", new JsonObject().put("drop", new JsonArray().add("ALL"))),
        container(workload).getJsonObject("securityContext"));
    assertTrue(
        container(workload)
            .getJsonObject("resources")
            .getJsonObject("limits")
            .containsKey("memory"));
  }

  /** The configuration where the image looks for it, the storage where that says, and a /tmp. */
  private static void volumesAreThere(JsonObject workload, Config config, List<JsonObject> objects)
      throws IOException {
    var mounts =
        container(workload).getJsonArray("volumeMounts").stream()
            .map(JsonObject.class::cast)
            .collect(
                Collectors.toMap(one -> one.getString("mountPath"), one -> one.getString("name")));
    var command =
        Pattern.compile("CMD \\[\"serve\", \"(.*)/config.yml\"]")
            .matcher(Files.readString(Path.of("Dockerfile")));
    assertTrue(command.find());
    var storage = ((Storage.Filesystem) config.storage().driver()).rootdirectory().toString();
    assertEquals(Map.of(command.group(1), "config", storage, "registry", "/tmp", "tmp"), mounts);

    var claims = workload.getJsonObject("spec").getJsonArray("volumeClaimTemplates");
    var volumes = pod(workload).getJsonObject("spec").getJsonArray("volumes").encode();
    assertTrue(volumes.contains("\"configMap\":{\"name\":\"" + name(objects.getFirst())));
    if (claims == null) {
      assertTrue(volumes.contains("\"claimName\":\"" + name(objects.get(1))), volumes);
    } else {
      assertEquals("registry", name(claims.getJsonObject(0)));
    }
  }

  private static String name(JsonObject object) {
    return object.getJsonObject("metadata").getString("name");
  }
}
