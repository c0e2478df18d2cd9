// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include <curl/curl.h>

#include "gateway/net/address_policy.hpp"
#include "gateway/port/http.hpp"

namespace sallyport::net {

/// One easy handle with its request and what has come back of the answer. Reused from request to
/// request.
class CurlTransfer {
  public:
    /// Sockets that it opens are added to `opened`, which must outlive it.
    explicit CurlTransfer(std::unordered_set<int>& opened);
    ~CurlTransfer() = default;
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;

    /// Why this request must not be made at all, if so: a URL of another scheme, bytes that would
    /// split its head.
    static std::optional<port::HttpFailure> refusal(const port::HttpRequest& request);
    /// Takes a request over and sets the handle up. REQUIRES: no refusal.
    void prepare(port::HttpRequest request, port::HttpDone done);
    /// The next hop of a redirect that should be followed, or nothing: GET and HEAD, 5 hops, never
    /// from https to http. Credentials and headers stay behind when the origin changes.
    bool prepare_redirect();
    port::HttpResult result(CURLcode code);
    port::HttpDone take_done() { return std::move(done_); }
    CURL* handle() { return easy_.get(); }

  private:
    void set_fixed_options();
    void set_url();
    void set_method();
    void set_headers();
    void set_limits();
    void reset_answer();
    port::HttpFailure failure(CURLcode code) const;
    bool take_header_line(std::string_view line);

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static int on_request_starts(void* self, char*, char*, int, int);
    static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

    /// What the list of headers is made of.
    struct HeaderSource {
        port::HttpFields fields;
        std::optional<std::string> username;
        std::optional<std::string> password;
        bool is_of(const port::HttpRequest& request) const;
    };
    struct CloseEasy {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    };
    struct FreeList {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };
    struct FreeUrl {
        void operator()(CURLU* url) const { curl_url_cleanup(url); }
    };
    std::unordered_set<int>& opened_;
    std::unique_ptr<CURLU, FreeUrl> parsed_url_;  ///< of last_url_, once it came twice
    std::string last_url_;
    std::unique_ptr<CURL, CloseEasy> easy_;  // ends before what it was given
    std::unique_ptr<curl_slist, FreeList> headers_;
    HeaderSource headers_of_;
    port::HttpRequest request_;
    port::HttpDone done_;
    port::HttpResponse response_;
    std::optional<FetchPolicy> policy_;
    std::size_t header_bytes_ = 0;
    int hops_ = 0;
    int starts_ = 0;  ///< how often the request was about to be written
    bool too_large_ = false;
    bool address_refused_ = false;
    bool resend_refused_ = false;
    char error_text_[CURL_ERROR_SIZE] = {};
};

}  // namespace sallyport::net
