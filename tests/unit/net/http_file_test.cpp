// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_file.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/net/http_wire.hpp"

namespace sallyport::test {
namespace {

using std::chrono::seconds;

struct Files {
    Folder folder;
    Wire wire;
    std::string content = std::string(600'000, 'x') + "end";

    Files() {
        const auto path = folder.write("a.png", content);
        wire.shared.routes.add_below(
            "/media",
            {{"GET"}, net::FileHandler([this, path](const port::HttpRequest& request) {
                 if (request.url == "/media/gone")
                     return net::FileOrResponse(port::HttpResponse(410));
                 if (request.url == "/media/none")
                     return net::FileOrResponse(net::FileAnswer(folder / "none", "", ""));
                 return net::FileOrResponse(net::FileAnswer(path, "image/png", "é\".png"));
             })}
        );
    }
    std::string get(
        const std::string& path, const std::string& fields = {}, const std::string& method = "GET"
    ) {
        return wire.exchange(method + " " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
    }
};

TEST(HttpFiles, are_served_with_safe_headers) {
    Files files;
    const auto answer = files.get("/media/t/a.png");
    EXPECT_EQ(status(answer), 200);
    EXPECT_TRUE(has(answer, "Content-Type: image/png\r\n"));
    EXPECT_TRUE(has(answer, "X-Content-Type-Options: nosniff\r\n"));
    EXPECT_TRUE(has(answer, "Access-Control-Allow-Origin: *\r\n"));
    EXPECT_TRUE(has(
        answer, "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n"
    ));
    EXPECT_TRUE(has(
        answer,
        "Content-Disposition: attachment; filename=\"___.png\"; filename*=UTF-8''%C3%A9%22.png\r\n"
    ));
    EXPECT_TRUE(has(answer, "Content-Length: 600003\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + files.content));
}

TEST(HttpFiles, are_not_read_for_a_client_that_does_not_read) {
    Files files;
    files.wire.stream->set_reading(false);
    files.wire.stream->write("GET /media/a HTTP/1.1\r\nHost: h\r\n\r\n");
    files.wire.loop.settle();
    EXPECT_EQ(files.wire.shared.counters.running, 1u) << "the file waits for the client";
    files.wire.stream->set_reading(true);
    files.wire.loop.settle();
    EXPECT_TRUE(files.wire.client.bytes.ends_with("end"));
    EXPECT_EQ(files.wire.shared.counters.running, 0u);
}

TEST(HttpFiles, drop_a_client_that_never_reads) {
    Files files;
    files.wire.stream->set_reading(false);
    files.wire.stream->write("GET /media/a HTTP/1.1\r\nHost: h\r\n\r\n");
    files.wire.loop.settle();
    files.wire.loop.advance(seconds(30));
    EXPECT_TRUE(files.wire.closed);
}

TEST(HttpFiles, answer_ranges_and_head) {
    Files files;
    const auto part = files.get("/media/a", "Range: bytes=599999-600001\r\n");
    EXPECT_EQ(status(part), 206);
    EXPECT_TRUE(has(part, "Content-Range: bytes 599999-600001/600003\r\n"));
    EXPECT_TRUE(part.ends_with("\r\n\r\nxen"));
    EXPECT_TRUE(files.get("/media/a", "Range: bytes=-2\r\n").ends_with("\r\n\r\nnd"));
    const auto beyond = files.get("/media/a", "Range: bytes=700000-\r\n");
    EXPECT_EQ(status(beyond), 416);
    EXPECT_TRUE(has(beyond, "Content-Range: bytes */600003\r\n"));
    EXPECT_EQ(status(files.get("/media/a", "Range: bytes=0-1,3-4\r\n")), 200)
        << "several ranges: the whole file";
    const auto head = files.get("/media/a", "", "HEAD");
    EXPECT_TRUE(has(head, "Content-Length: 600003\r\n"));
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST(HttpFiles, say_what_is_gone) {
    Files files;
    EXPECT_EQ(status(files.get("/media/gone")), 410);
    EXPECT_EQ(status(files.get("/media/none")), 404);
    EXPECT_EQ(status(files.get("/media/a", "", "POST")), 405);
}

}  // namespace
}  // namespace sallyport::test
