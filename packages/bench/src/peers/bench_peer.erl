%% Two Erlang nodes that send each other small binaries. Started and read by erlang.ts: each tells one line, then lives until
%% it is killed, or until its standard input ends.
-module(bench_peer).
-export([serve/0, measure/1]).

%% The node that receives: counts what comes one way, echoes what comes with a sender.
serve() ->
  end_with_standard_input(),
  register(peer, spawn(fun listen/0)),
  io:format("ready~n").

listen() ->
  receive
    {count, From, Count} -> count(Count), From ! done;
    {ping, From, Binary} -> From ! {pong, Binary}
  end,
  listen().

count(0) -> ok;
count(Left) -> receive {msg, _} -> count(Left - 1) end.

%% The node that sends, and takes the time. It tells both times in nanoseconds.
measure([Server, Messages, Pings, Bytes]) ->
  end_with_standard_input(),
  Node = list_to_atom(Server),
  pong = net_adm:ping(Node),
  Peer = rpc:call(Node, erlang, whereis, [peer]),
  true = is_pid(Peer),
  Binary = binary:copy(<<"x">>, list_to_integer(Bytes)),
  OneWay = second_time(fun() -> one_way(Peer, Binary, list_to_integer(Messages)) end),
  RoundTrips = second_time(fun() -> round_trips(Peer, Binary, list_to_integer(Pings)) end),
  io:format("measured ~b ~b~n", [OneWay, RoundTrips]).

%% The first time warms up, and does not count.
second_time(Work) ->
  Work(),
  Begin = erlang:monotonic_time(nanosecond),
  Work(),
  erlang:monotonic_time(nanosecond) - Begin.

one_way(Peer, Binary, Count) ->
  Peer ! {count, self(), Count},
  send(Peer, {msg, Binary}, Count),
  receive done -> ok end.

send(_, _, 0) -> ok;
send(Peer, Message, Left) ->
  Peer ! Message,
  send(Peer, Message, Left - 1).

round_trips(_, _, 0) -> ok;
round_trips(Peer, Binary, Left) ->
  Peer ! {ping, self(), Binary},
  receive {pong, _} -> ok end,
  round_trips(Peer, Binary, Left - 1).

end_with_standard_input() -> spawn(fun await_end/0).

await_end() ->
  case io:get_line("") of
    Line when is_list(Line) -> await_end();
    _ -> halt()
  end.
