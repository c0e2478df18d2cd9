/* SPDX-License-Identifier: Apache-2.0
 * libstrophe over STARTTLS with the certificate checked.
 * Arguments: JID PASSWORD HOST PORT PEER CA. Lines as in common.py. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

struct stack {
    xmpp_ctx_t *context;
    xmpp_conn_t *connection;
    const char *peer;
    int connects;
    int is_done;
};

static void say(const char *line) {
    puts(line);
    fflush(stdout);
}

static void talk(struct stack *stack, const char *text) {
    xmpp_stanza_t *message = xmpp_message_new(stack->context, "chat", stack->peer, NULL);
    xmpp_message_set_body(message, text);
    xmpp_send(stack->connection, message);
    xmpp_stanza_release(message);
}

static void ask(struct stack *stack, const char *type, const char *id, const char *item) {
    xmpp_stanza_t *iq = xmpp_iq_new(stack->context, type, id);
    xmpp_stanza_t *query = xmpp_stanza_new(stack->context);
    xmpp_stanza_set_name(query, "query");
    xmpp_stanza_set_ns(query, XMPP_NS_ROSTER);
    if (item) {
        xmpp_stanza_t *child = xmpp_stanza_new(stack->context);
        xmpp_stanza_set_name(child, "item");
        xmpp_stanza_set_attribute(child, "jid", item);
        xmpp_stanza_set_attribute(child, "name", "Peer");
        xmpp_stanza_add_child(query, child);
        xmpp_stanza_release(child);
    }
    xmpp_stanza_add_child(iq, query);
    xmpp_send(stack->connection, iq);
    xmpp_stanza_release(query);
    xmpp_stanza_release(iq);
}

static int on_message(xmpp_conn_t *connection, xmpp_stanza_t *stanza, void *data) {
    struct stack *stack = data;
    char *body = xmpp_message_get_body(stanza);
    if (!body) return 1;
    if (strcmp(body, "echo: libstrophe says hello") == 0) {
        say("ok message");
        ask(stack, "set", "set", stack->peer);
    } else if (strcmp(body, "echo: libstrophe is back") == 0) {
        say("ok reconnect new");
        stack->is_done = 1;
        xmpp_disconnect(connection);
    }
    xmpp_free(stack->context, body);
    return 1;
}

static int on_iq(xmpp_conn_t *connection, xmpp_stanza_t *stanza, void *data) {
    struct stack *stack = data;
    const char *id = xmpp_stanza_get_id(stanza);
    const char *type = xmpp_stanza_get_type(stanza);
    if (!id || !type || strcmp(type, "result") != 0) return 1;
    if (strcmp(id, "set") == 0) {
        ask(stack, "get", "get", NULL);
    } else if (strcmp(id, "get") == 0) {
        xmpp_stanza_t *query = xmpp_stanza_get_child_by_name(stanza, "query");
        xmpp_stanza_t *item = query ? xmpp_stanza_get_child_by_name(query, "item") : NULL;
        for (; item; item = xmpp_stanza_get_next(item)) {
            const char *jid = xmpp_stanza_get_attribute(item, "jid");
            const char *name = xmpp_stanza_get_attribute(item, "name");
            if (jid && name && strcmp(jid, stack->peer) == 0 && strcmp(name, "Peer") == 0)
                say("ok roster");
        }
        xmpp_disconnect(connection);
    }
    return 1;
}

static void on_connection(
    xmpp_conn_t *connection, xmpp_conn_event_t event, int error, xmpp_stream_error_t *stream_error, void *data
) {
    struct stack *stack = data;
    if (event == XMPP_CONN_CONNECT) {
        ++stack->connects;
        if (stack->connects == 1) say(xmpp_conn_is_secured(connection) ? "ok login" : "fail login not encrypted");
        xmpp_stanza_t *presence = xmpp_presence_new(stack->context);
        xmpp_send(connection, presence);
        xmpp_stanza_release(presence);
        talk(stack, stack->connects == 1 ? "libstrophe says hello" : "libstrophe is back");
        return;
    }
    if (error) fprintf(stderr, "disconnected: error %d, stream error %s\n", error, stream_error ? stream_error->text : "none");
    xmpp_stop(stack->context);
}

int main(int argc, char **argv) {
    if (argc != 7) return 64;
    signal(SIGPIPE, SIG_IGN);   /* the library writes to a connection that its peer has closed */
    xmpp_initialize();
    struct stack stack = {0};
    stack.context = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    stack.connection = xmpp_conn_new(stack.context);
    unsigned short port = (unsigned short)atoi(argv[4]);
    stack.peer = argv[5];
    xmpp_conn_set_jid(stack.connection, argv[1]);
    xmpp_conn_set_pass(stack.connection, argv[2]);
    xmpp_conn_set_cafile(stack.connection, argv[6]);
    xmpp_conn_set_flags(stack.connection, XMPP_CONN_FLAG_MANDATORY_TLS);
    xmpp_handler_add(stack.connection, on_message, NULL, "message", NULL, &stack);
    xmpp_handler_add(stack.connection, on_iq, NULL, "iq", NULL, &stack);
    /* Twice; a stream that was closed in order cannot be resumed, and the library has no other way to end one. */
    for (int round = 0; round < 2; ++round) {
        if (xmpp_connect_client(stack.connection, argv[3], port, on_connection, &stack) != XMPP_EOK) return 69;
        xmpp_run(stack.context);
    }
    xmpp_conn_release(stack.connection);
    xmpp_ctx_free(stack.context);
    xmpp_shutdown();
    return stack.is_done ? 0 : 1;
}
