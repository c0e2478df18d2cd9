// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_file.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xmpp/core/text.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::net {

FileBody::Descriptor::~Descriptor() {
    if (value >= 0) ::close(value);
}

std::string content_disposition(bool attachment, std::string_view name) {
    std::string out = attachment ? "attachment" : "inline";
    if (name.empty()) return out;
    std::string ascii;
    for (const char c : name) {
        const bool safe = static_cast<unsigned char>(c) >= 0x20 &&
                          static_cast<unsigned char>(c) < 0x7f && c != '"' && c != '\\' &&
                          c != '/' && c != '%';
        ascii += safe ? c : '_';
    }
    out += "; filename=\"" + ascii + '"';
    if (ascii != name) out += "; filename*=UTF-8''" + percent_encode(name);
    return out;
}

std::optional<std::optional<std::pair<std::uint64_t, std::uint64_t>>> parse_range(
    std::string_view text, std::uint64_t size
) {
    constexpr std::string_view unit = "bytes=";
    if (!text.starts_with(unit) || text.find(',') != std::string_view::npos) return std::nullopt;
    const std::string_view range = trim(text.substr(unit.size()));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = parse_decimal<std::uint64_t>(range.substr(0, dash));
    const auto last = parse_decimal<std::uint64_t>(range.substr(dash + 1));
    using Bounds = std::pair<std::uint64_t, std::uint64_t>;
    const std::optional<Bounds> unsatisfiable;
    if (!first && dash == 0 && last) {  // the last N bytes
        if (*last == 0 || size == 0) return unsatisfiable;
        return std::optional<Bounds>(Bounds(size - std::min(*last, size), size - 1));
    }
    const bool open_ended = dash + 1 == range.size();
    if (!first || (!last && !open_ended) || (last && *last < *first)) return std::nullopt;
    if (*first >= size) return unsatisfiable;
    return std::optional<Bounds>(Bounds(*first, last ? std::min(*last, size - 1) : size - 1));
}

void FileBody::apply_range(std::string_view range, std::uint64_t size) {
    const auto parsed = parse_range(range, size);
    if (!parsed) return;
    if (!*parsed) {
        head_.status = 416;
        head_.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
        left_ = 0;
        return;
    }
    const auto [first, last] = **parsed;
    head_.status = 206;
    head_.headers.emplace_back(
        "Content-Range",
        "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' + std::to_string(size)
    );
    offset_ = first;
    left_ = last - first + 1;
}

std::optional<FileBody> FileBody::open(const FileAnswer& answer, const port::HttpRequest& request) {
    Descriptor file(::open(answer.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat facts {};
    if (file.value < 0 || ::fstat(file.value, &facts) != 0 || !S_ISREG(facts.st_mode))
        return std::nullopt;
    FileBody body(std::move(file));
    const auto size = static_cast<std::uint64_t>(facts.st_size);
    body.left_ = size;
    port::HttpFields& fields = body.head_.headers;
    fields.emplace_back(
        "Content-Type",
        answer.content_type.empty() ? "application/octet-stream" : answer.content_type
    );
    fields.emplace_back("Content-Disposition", content_disposition(answer.attachment, answer.name));
    fields.emplace_back("X-Content-Type-Options", "nosniff");
    // XEP-0363 §8 and §9.1: pages of other origins may read it, for who knows its name may have it;
    // but what a stranger sent us must never run as a page of ours, nor be framed by one.
    fields.emplace_back("Access-Control-Allow-Origin", "*");
    fields.emplace_back(
        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"
    );
    fields.emplace_back("Accept-Ranges", "bytes");
    if (answer.max_age.count() > 0)
        fields.emplace_back(
            "Cache-Control", "private, max-age=" + std::to_string(answer.max_age.count())
        );
    if (const auto range = port::header(request.headers, "Range"); range && request.method == "GET")
        body.apply_range(*range, size);
    return body;
}

std::size_t FileBody::read(std::span<char> into) {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_));
    const ssize_t count = ::pread(file_.value, into.data(), wanted, static_cast<off_t>(offset_));
    if (count <= 0) return 0;
    offset_ += static_cast<std::uint64_t>(count);
    left_ -= static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
}

}  // namespace sallyport::net
