# A short message service centre on Net::SMPP, driven by lines of JSON.
#
# in:  {"do":"listen","host":…,"system_id":…,"password":…}
#      {"do":"deliver","id":…,"pdu":{…}}      a deliver_sm, by the names of the standard
# out: {"event":"listening"|"bound"|"refused"|"submit"|"delivered"|"unbound", …}
use strict;
use warnings;
use Encode qw(decode encode);
use IO::Select;
use JSON::PP;
use Net::SMPP;
use constant {ESME_ROK => 0, ESME_RINVPASWD => 0x0e, UCS2 => 8};

$| = 1;
my $json = JSON::PP->new->utf8;
my $ready = IO::Select->new(\*STDIN);
my ($account, $door, $link); # who may bind; the listening socket; the bound one
my $taken = 0;               # submit_sm, for message ids
my %asked;                   # sequence_number of a deliver_sm -> its id

sub report { my ($event, %about) = @_; print $json->encode({event => $event, %about}), "\n" }

sub alphabet { $_[0] == UCS2 ? 'UTF-16BE' : 'ascii' }

my %orders = (
  listen => sub {
    my ($order) = @_;
    $account = $order;
    $door = Net::SMPP->new_listen($order->{host}, port => 0, smpp_version => 0x34) or die "listen: $!";
    $ready->add($door);
    report('listening', port => $door->sockport);
  },
  deliver => sub {
    my ($order) = @_;
    my %pdu = (source_addr_ton => 1, source_addr_npi => 1, dest_addr_ton => 3, dest_addr_npi => 1, data_coding => 0, %{$order->{pdu}});
    $pdu{short_message} = encode(alphabet($pdu{data_coding}), $pdu{short_message});
    $asked{$link->deliver_sm(async => 1, %pdu)} = $order->{id};
  },
);

my %answers = (
  Net::SMPP::CMD_bind_transceiver() => sub {
    my ($pdu) = @_;
    my $ok = $pdu->{system_id} eq $account->{system_id} && $pdu->{password} eq $account->{password};
    $link->bind_transceiver_resp(seq => $pdu->{seq}, status => $ok ? ESME_ROK : ESME_RINVPASWD, system_id => 'perl');
    report($ok ? 'bound' : 'refused', system_id => $pdu->{system_id}, version => $pdu->{interface_version});
  },
  Net::SMPP::CMD_submit_sm() => sub {
    my ($pdu) = @_;
    $link->submit_sm_resp(seq => $pdu->{seq}, message_id => ++$taken . '');
    report('submit', from => $pdu->{source_addr}, to => $pdu->{destination_addr}, ton => $pdu->{dest_addr_ton}, npi => $pdu->{dest_addr_npi},
      coding => $pdu->{data_coding}, esm_class => $pdu->{esm_class}, text => decode(alphabet($pdu->{data_coding}), $pdu->{short_message}));
  },
  Net::SMPP::CMD_deliver_sm_resp() => sub {
    my ($pdu) = @_;
    report('delivered', id => delete $asked{$pdu->{seq}}, status => $pdu->{status});
  },
  Net::SMPP::CMD_enquire_link() => sub { $link->enquire_link_resp(seq => $_[0]{seq}) },
  Net::SMPP::CMD_unbind() => sub {
    $link->unbind_resp(seq => $_[0]{seq});
    report('unbound');
  },
);

# serve answers one PDU, or lets the link go where there is none.
sub serve {
  my $pdu = $link->read_pdu;
  if (!$pdu) { $ready->remove($link); $link->close; return }
  my $answer = $answers{$pdu->{cmd}};
  $answer->($pdu) if $answer;
}

my $heard = '';
while (1) {
  for my $from ($ready->can_read) {
    if ($door && $from == $door) { $link = $door->accept; $ready->add($link) }
    elsif ($link && $from == $link) { serve() }
    else {
      sysread(STDIN, $heard, 65536, length $heard) or exit 0;
      while ($heard =~ s/^(.*)\n//) { my $order = $json->decode($1); $orders{$order->{do}}->($order) }
    }
  }
}
