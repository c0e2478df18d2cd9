// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/curl_transfer.hpp"

#include <algorithm>
#include <array>

#include <sys/socket.h>

#include "xmpp/core/text.hpp"

namespace sallyport::net {
namespace {

using Failure = port::HttpFailure;

constexpr std::size_t most_header_bytes = 64 * 1024;
constexpr int most_hops = 5;

bool is_https(std::string_view url) {
    return iequals_ascii(url.substr(0, 8), "https://");
}
bool is_http(std::string_view url) {
    return iequals_ascii(url.substr(0, 7), "http://");
}

bool splits_head(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

/// scheme://host:port, in lower case; two URLs of one origin may share credentials.
std::string origin_of(const std::string& url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parts(curl_url(), curl_url_cleanup);
    if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
    std::string origin;
    for (const CURLUPart part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
        char* text = nullptr;
        if (curl_url_get(parts.get(), part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK) origin += text;
        curl_free(text);
        origin += ' ';
    }
    return lower_ascii(origin);
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
    // Fails only for options that libcurl was built without, or without memory: then the transfer
    // itself fails.
    static_cast<void>(curl_easy_setopt(easy, option, value));
}

}  // namespace

CurlTransfer::CurlTransfer(std::unordered_set<int>& opened)
    : opened_(opened), easy_(curl_easy_init()) {
    set_fixed_options();
}

void CurlTransfer::set_fixed_options() {
    CURL* const easy = easy_.get();
    set(easy, CURLOPT_PRIVATE, this);
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_ERRORBUFFER, error_text_);
    set(easy, CURLOPT_USERAGENT, "Sallyport/" SALLYPORT_VERSION);
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NOPROXY, "*");  // or the environment is searched at every request
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    // One request at a time on a connection: a failure then concerns one message.
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    // A connection idle for longer may have been closed by the far side just as we write to it.
    set(easy, CURLOPT_MAXAGE_CONN, 30L);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
    set(easy, CURLOPT_HEADERDATA, this);
    set(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
    set(easy, CURLOPT_WRITEDATA, this);
    set(easy, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_request_starts);
    set(easy, CURLOPT_PREREQDATA, this);
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_open_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, this);
}

std::optional<Failure> CurlTransfer::refusal(const port::HttpRequest& request) {
    if (!is_http(request.url) && !is_https(request.url))
        return Failure(Failure::Kind::refused, "not an http(s) URL");
    const bool bad_url = std::any_of(request.url.begin(), request.url.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    });
    if (bad_url) return Failure(Failure::Kind::refused, "a URL with spaces or control characters");
    for (const auto& [name, value] : request.headers)
        if (name.empty() || splits_head(name) || splits_head(value) ||
            name.find(':') != std::string::npos)
            return Failure(Failure::Kind::refused, "a header that would split the request");
    if (splits_head(request.method) || request.method.empty())
        return Failure(Failure::Kind::refused, "a bad method");
    return std::nullopt;
}

void CurlTransfer::prepare(port::HttpRequest request, port::HttpDone done) {
    request_ = std::move(request);
    done_ = std::move(done);
    hops_ = 0;
    reset_answer();
    set_url();
    set_method();
    set_headers();
    set_limits();
}

bool CurlTransfer::HeaderSource::is_of(const port::HttpRequest& request) const {
    return fields == request.headers && username == request.username &&
           password == request.password;
}

/// Most requests of a provider go to one URL, and libcurl parses it anew for each: from the second
/// time on it is given the parts.
void CurlTransfer::set_url() {
    CURL* const easy = easy_.get();
    const bool is_known = parsed_url_ != nullptr && request_.url == last_url_;
    if (is_known) return;
    const bool is_again = request_.url == last_url_;
    parsed_url_.reset(is_again ? curl_url() : nullptr);
    const char* const text = request_.url.c_str();
    if (parsed_url_ && curl_url_set(parsed_url_.get(), CURLUPART_URL, text, 0) != CURLUE_OK)
        parsed_url_.reset();
    set(easy, CURLOPT_CURLU, parsed_url_.get());
    if (!parsed_url_) set(easy, CURLOPT_URL, text);
    last_url_ = request_.url;
}

void CurlTransfer::reset_answer() {
    response_ = port::HttpResponse();
    header_bytes_ = 0;
    starts_ = 0;
    too_large_ = false;
    address_refused_ = false;
    resend_refused_ = false;
    error_text_[0] = 0;
}

void CurlTransfer::set_method() {
    CURL* const easy = easy_.get();
    set(easy, CURLOPT_CUSTOMREQUEST, static_cast<const char*>(nullptr));
    set(easy, CURLOPT_HTTPGET, 1L);
    if (request_.method == "HEAD") {
        set(easy, CURLOPT_NOBODY, 1L);
    } else if (request_.method == "POST" || !request_.body.empty()) {
        set(easy, CURLOPT_POST, 1L);
        set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
    }
    if (request_.method != "GET" && request_.method != "HEAD" && request_.method != "POST")
        set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

/// Most requests of a provider have the same headers: the list of the last request is kept.
void CurlTransfer::set_headers() {
    if (headers_ && headers_of_.is_of(request_)) return;
    headers_of_ = {request_.headers, request_.username, request_.password};
    headers_.reset();
    const auto add = [this](const std::string& line) {
        curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
        if (longer != nullptr) {
            static_cast<void>(headers_.release());
            headers_.reset(longer);
        }
    };
    for (const auto& [name, value] : request_.headers)
        add(value.empty() ? name + ";" : name + ": " + value);
    add("Expect:");  // no 100-continue: one more round trip, and another chance to be ambiguous
    if (!port::header(request_.headers, "Content-Type")) add("Content-Type:");
    // Not CURLOPT_USERNAME: libcurl copies and encodes it several times. RFC 7617 §2.
    if (request_.username)
        add("Authorization: Basic " +
            base64_encode(*request_.username + ':' + request_.password.value_or("")));
    set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
}

void CurlTransfer::set_limits() {
    CURL* const easy = easy_.get();
    const auto timeout = static_cast<long>(std::max<std::int64_t>(1, request_.timeout.count()));
    set(easy, CURLOPT_TIMEOUT_MS, timeout);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout, 10'000L));
    policy_.reset();
    if (request_.public_addresses_only) policy_.emplace(request_.trusted_networks);
    // A kept connection was opened under other rules, and ours must not serve others: the check is
    // made at connect.
    set(easy, CURLOPT_FRESH_CONNECT, policy_ ? 1L : 0L);
    set(easy, CURLOPT_FORBID_REUSE, policy_ ? 1L : 0L);
}

bool CurlTransfer::prepare_redirect() {
    const bool may_follow =
        request_.follow_redirects && (request_.method == "GET" || request_.method == "HEAD");
    if (!may_follow || response_.status < 301 || response_.status > 308 || hops_ >= most_hops)
        return false;
    char* location = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &location);
    if (location == nullptr) return false;
    port::HttpRequest next = request_;
    next.url = location;
    if (is_https(request_.url) && !is_https(next.url)) return false;
    if (origin_of(next.url) != origin_of(request_.url)) {
        next.headers.clear();
        next.username.reset();
        next.password.reset();
    }
    if (refusal(next)) return false;
    const int hops = hops_ + 1;
    prepare(std::move(next), std::move(done_));
    hops_ = hops;
    return true;
}

port::HttpResult CurlTransfer::result(CURLcode code) {
    port::HttpResult result;
    if (code == CURLE_OK)
        result.response = std::move(response_);
    else
        result.failure = failure(code);
    request_ = port::HttpRequest();
    return result;
}

Failure CurlTransfer::failure(CURLcode code) const {
    std::string text = error_text_[0] != 0 ? error_text_ : curl_easy_strerror(code);
    if (too_large_) text = "the answer is too large";
    if (resend_refused_) text = "the connection was closed before the answer";
    if (address_refused_) return Failure(Failure::Kind::refused, "the address is not public");
    const bool not_started = starts_ == 0;
    if (not_started && (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL))
        return Failure(Failure::Kind::refused, std::move(text));
    long written = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &written);
    const bool sent = !not_started && (written > 0 || resend_refused_);
    return Failure(sent ? Failure::Kind::ambiguous : Failure::Kind::not_sent, std::move(text));
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const std::size_t bytes = size * count;
    transfer.header_bytes_ += bytes;
    transfer.too_large_ = transfer.header_bytes_ > most_header_bytes;
    if (transfer.too_large_) return 0;
    return transfer.take_header_line(trim(std::string_view(data, bytes))) ? bytes : 0;
}

bool CurlTransfer::take_header_line(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // also after 1xx: the last head counts
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        response_.status = static_cast<int>(status);
        response_.headers.clear();
        return true;
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos)
        response_.headers.emplace_back(
            std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))
        );
    return true;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const std::size_t bytes = size * count;
    transfer.too_large_ = transfer.response_.body.size() + bytes > transfer.request_.max_body_bytes;
    if (transfer.too_large_) return 0;
    transfer.response_.body.append(data, bytes);
    return bytes;
}

/// libcurl writes a request again, by itself, when a kept connection closes without an answer. For
/// us that could be a message sent twice, so only an idempotent one may start again once bytes were
/// written.
int CurlTransfer::on_request_starts(void* self, char*, char*, int, int) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    long written = 0;
    curl_easy_getinfo(transfer.easy_.get(), CURLINFO_REQUEST_SIZE, &written);
    const bool is_again = transfer.starts_++ > 0 && written > 0;
    transfer.resend_refused_ = is_again && !transfer.request_.is_idempotent;
    return transfer.resend_refused_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

curl_socket_t CurlTransfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (transfer.policy_) {
        const bool allowed =
            transfer.policy_->allows(address_bytes(address->addr), is_https(transfer.request_.url));
        transfer.address_refused_ = !allowed;
        if (!allowed) return CURL_SOCKET_BAD;
    }
    const int socket =
        ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (socket >= 0) transfer.opened_.insert(socket);
    return socket;
}

}  // namespace sallyport::net
