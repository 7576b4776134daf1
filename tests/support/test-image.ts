// The kind of machine that the integration tests run on. `npm test` runs them on one after the other;
// what differs between them, and matters to a test, is said here.
import { defaultImage, imageNamed } from "../../lab/machines/image.ts";

export const testImage = imageNamed(process.env["DOCKERTLS_TEST_IMAGE"] ?? defaultImage);

/** Whether dockerd can look at a daemon.json without starting on it: 20.10 can't. */
export const dockerdValidates = testImage !== "bookworm";

/** Where this kind of machine has dockerd. */
export const dockerd = testImage === "docker-ce-layout" ? "/usr/bin/dockerd" : "/usr/sbin/dockerd";
