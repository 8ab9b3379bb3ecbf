import { bothLanguages } from './both-languages.ts';

// What the command line says to a person.
export const cliMessages = bothLanguages(
  {
    'cli.ready': 'ready in {seconds} s',
    'cli.first-run': 'First start: making the databases and bringing in the demo clinic.',
    'cli.stopping': 'Stopping…',
    'cli.stopped': 'Stopped.',
    'cli.stopping-after-demo':
      'Stopping as soon as the demo clinic is complete. Ctrl-C once more stops at once; the demo would then have to be made again.',
    'cli.stopped-at-once':
      'Stopped at once. PostgreSQL may still be running; the next start finds it and goes on with it.',
    'cli.address': '{app}  {url}',
    'cli.mailbox': 'E-mails of the demo’s portal arrive at {url}',
    'cli.sign-ins': 'Sign-ins of the demo (everybody in it is invented):',
    'cli.sign-in': '  {app}  {username}  {password}  {who}',
    'cli.demo-code': '  {username}  {code}  (good for {seconds} s)',
    'cli.demo-codes':
      'EMR administrators and Site Admins are asked for a code as well, which an authenticator app shows. Those of the demo now:',
    'cli.demo-codes-enter': 'Press Enter here for the codes of the moment.',
    'cli.demo-codes-command': 'The codes of the moment: npm run -s tidegate -- demo-codes',
    'cli.begin':
      'Where to begin:\n  1. Sign in to the portal and look for Dr. {provider}. He is not among the providers: the page names him apart, because nothing of him can be shown.\n  2. Sign in to Cloud Connect as sam@saltmarsh.example, with the code of the moment. Sync Status names what is missing.\n  3. Sign in to the EMR as its administrator, ada, with the code of the moment: Users > Manage Security > Users > {integrationUser} > Provider Permissions. Tick what is missing, and Save.\n  4. In Cloud Connect choose Sync Full Schedule, in the menu right of Sync Recent Appointments. Then reload the portal.\nCtrl-C here stops everything.',
    'cli.set-up': 'No clinic yet. Open the EMR and the portal: each asks for its first administrator.',
    'cli.taken-port':
      'Port {port} of {service} is already in use. Stop what uses it, or choose another with {setting}.',
    'cli.unknown-service': 'There is no service {name}. There are: {names}.',
    'cli.unknown-command':
      'There is no command {name}. There are: start, import, sync, connections, ledger, doctor, verify, audit, demo-codes.',
    'cli.usage':
      'tidegate start [--services emr,portal,connect,worker] [--no-demo]\ntidegate import <file or folder>… [--tenant <number>] [--encounters] [--json]\ntidegate sync --connection <name> [--mode full|recent|slice] [--office <id>] [--provider <id>] [--json]\ntidegate connections [--json]\ntidegate ledger --connection <name> [--run <id>] [--json]\ntidegate doctor --connection <name> [--json]\ntidegate verify <certificate.json> [--key <file or address>] [--json]\ntidegate audit verify [--tenant <number>] [--json]\ntidegate demo-codes [--json]',
    'cli.failed': 'Something failed that we did not foresee (id {id}). The log has the details under this id.',
    'cli.import.nothing': 'Name at least one file or folder to import.',
    'cli.import.tenant': 'There are several clinics here ({tenants}). Say which with --tenant.',
    'cli.import.no-clinic': 'There is no clinic yet. Start Tidegate once and set one up.',
    'cli.sync.connection': 'There is no connection {name}. There are: {names}.',
    'cli.sync.mode': '--mode is full, recent or slice.',
    'cli.sync.slice': 'A slice is one schedule: --mode slice wants --office and --provider, the other modes neither.',
    'cli.doctor.owner.emr-administrator': 'for an EMR administrator',
    'cli.doctor.owner.site-admin': 'for a Site Admin',
    'cli.doctor.owner.vendor': 'for whoever runs the EMR',
    'cli.doctor.soon': '{provider}, {office}: works, and lapses after {day}.',
    'cli.connection':
      '{name} ({baseUrl}): {state}. {schedules, plural, one {# schedule} other {# schedules}}, {gaps} with gaps; {shown} bookings listed; {asOf, select, none {not every selected schedule was read yet} other {as of {asOf}}}.',
    'cli.ledger.none': 'No run of this connection has ended yet.',
    'cli.ledger.no-run': 'There is no run {runId} of this connection.',
    'cli.ledger.run': 'Run {runId}, {mode}, ended {at}: {state}.',
    'cli.ledger.slice':
      '{provider}, {office}: {outcome}. {fetched} read, {created} new, {updated} changed, {returned} returned, {removed} removed, {unconfirmed} unconfirmed, {visibilityLost} no longer visible, {withheld} withheld, {unusable} unusable.',
    'cli.ledger.missing': 'Missing in the EMR: {columns}.',
    'cli.sync.ended': 'Run {runId}: {state}. {fetched} read, {created} new, {updated} changed.',
    'cli.no-web': 'The screens are not built yet; building them once.',
    'cli.lost': 'PostgreSQL ended although nobody stopped it. Stopping; start again.',
    'cli.elsewhere':
      'PostgreSQL does not run as root, and the account it runs as cannot enter {directory}. Its files are in {lies}.',
    'cli.unknown-option': '{command} has no option {option}. It has: {known}.',
    'cli.option-value': '{option} needs a value.',
    'cli.option-no-value': '{option} takes no value.',
    'cli.unexpected': '{command} does not know what to do with “{word}”.',
    'cli.no-web-build': 'The screens could not be built. Run npm ci and start again.',
    'cli.host': 'HOST is {host}, and this machine cannot listen there on port {port} ({reason}).',
    'cli.data-dir':
      'The data directory {directory} cannot be used ({reason}). Choose one that this account may write, with DATA_DIR.',
    'cli.database':
      '{setting} cannot be used: {reason}. It has to name a database that is there, as its owner, who may create roles.',
    'cli.import.reading': '{percent, number} % read: {lines, plural, one {# resource} other {# resources}}',
    'cli.import.writing': '{lines, plural, one {# resource} other {# resources}} read; writing to the record',
    'cli.sync.no-connection':
      'There is no connection yet. A Site Admin makes it in Cloud Connect, under Edit Settings.',
    'cli.sync.which-connection': 'Say which connection with --connection. There are: {names}.',
    'cli.verify.what': 'Name one file: tidegate verify certificate.json.',
    'cli.verify.no-file': 'There is no file {file} that can be read.',
    'cli.verify.no-key':
      'This installation has signed nothing yet. Name the keys with --key: a file, or the address /certificate-keys of the Cloud Connect that signed.',
    'cli.verify.bad-key': 'No public keys can be read from {place}.',
    'cli.verify.genuine': 'Genuine: certificate {id} of {site}, signed with key {key}.',
    'cli.verify.not-a-certificate': 'Refused: this is no certificate, or it is not written as it was signed.',
    'cli.verify.another-key': 'Refused: it is signed with another key.',
    'cli.verify.altered': 'Refused: it was altered after it was signed.',
    'cli.verify.gap': 'Gap {gap}: open since {opened}, healed {healed}, certified {issued}.',
    'cli.verify.held': 'held before: {before}; held now: {after}',
    'cli.verify.shown': 'bookings shown before: {before}; shown now: {after}',
    'cli.audit.what': 'Say what to do with the audit log: tidegate audit verify.',
    'cli.audit.read':
      'Clinic {tenant}: {entries, plural, one {# entry} other {# entries}} in the chain, {checkpoints, plural, one {# checkpoint} other {# checkpoints}}, {unsealed} written since the last.',
    'cli.audit.whole': 'The audit log is whole: nothing was changed, taken away, put in or moved.',
    'cli.audit.broken':
      '{findings, plural, one {# finding} other {# findings}}: the audit log is not what was written. Keep the database and the checkpoints as they are, and compare them with a backup.',
    'cli.audit.entry-missing': '{seq}: the entry {entry} is gone.',
    'cli.audit.does-not-fit': '{seq}: the entry {entry} was changed or moved.',
    'cli.audit.link-missing': '{seq}: the chain has a hole here.',
    'cli.audit.backdated': '{seq}: the entry {entry} claims to be older than it is.',
    'cli.audit.not-in-chain':
      'The entry {entry} was put in: it claims to be older than the last checkpoint, which does not have it.',
    'cli.audit.cut': '{seq}: a checkpoint reaches to here, and the chain ends before it.',
    'cli.audit.rewritten': '{seq}: the chain was written anew; a checkpoint says otherwise.',
    'cli.audit.checkpoint-forged': '{seq}: the checkpoint is not signed by this installation.',
    'cli.audit.no-checkpoint': 'There is no checkpoint. Is AUDIT_DIR where it was?',
  },
  {
    'cli.ready': 'prêt en {seconds} s',
    'cli.first-run': 'Premier démarrage : création des bases de données et chargement de la clinique de démonstration.',
    'cli.stopping': 'Arrêt en cours…',
    'cli.stopped': 'Arrêté.',
    'cli.stopping-after-demo':
      'Arrêt dès que la clinique de démonstration sera complète. Un autre Ctrl-C arrête tout de suite ; la démonstration serait alors à refaire.',
    'cli.stopped-at-once':
      'Arrêté sur-le-champ. PostgreSQL fonctionne peut-être encore ; le prochain démarrage le retrouve et continue avec lui.',
    'cli.address': '{app}  {url}',
    'cli.mailbox': 'Les courriels du portail de la démonstration arrivent à {url}',
    'cli.sign-ins': 'Comptes de la démonstration (toutes les personnes sont inventées) :',
    'cli.sign-in': '  {app}  {username}  {password}  {who}',
    'cli.demo-code': '  {username}  {code}  (valable {seconds} s)',
    'cli.demo-codes':
      'Un code est aussi demandé aux administrateurs du DME et du site; une application d’authentification l’affiche. Ceux de la démonstration en ce moment :',
    'cli.demo-codes-enter': 'Appuyez ici sur Entrée pour les codes du moment.',
    'cli.demo-codes-command': 'Les codes du moment : npm run -s tidegate -- demo-codes',
    'cli.begin':
      'Pour commencer :\n  1. Connectez-vous au portail et cherchez Dr {provider}. Il ne figure pas parmi les cliniciens : la page le nomme à part, car rien de lui ne peut être affiché.\n  2. Connectez-vous à Cloud Connect comme sam@saltmarsh.example, avec le code du moment. L’état de la synchronisation nomme ce qui manque.\n  3. Connectez-vous au DME comme administratrice, ada, avec le code du moment : Utilisateurs > Gestion de la sécurité > Utilisateurs > {integrationUser} > Permissions par clinicien. Cochez ce qui manque, puis enregistrez.\n  4. Dans Cloud Connect, choisissez Synchroniser l’agenda complet, dans le menu à droite de Synchroniser les rendez-vous récents. Rechargez ensuite le portail.\nCtrl-C ici arrête tout.',
    'cli.set-up': 'Pas encore de clinique. Ouvrez le DME et le portail : chacun demande son premier administrateur.',
    'cli.taken-port':
      'Le port {port} de {service} est déjà utilisé. Arrêtez ce qui l’utilise ou choisissez-en un autre avec {setting}.',
    'cli.unknown-service': 'Le service {name} n’existe pas. Services : {names}.',
    'cli.unknown-command':
      'La commande {name} n’existe pas. Commandes : start, import, sync, connections, ledger, doctor, verify, audit, demo-codes.',
    'cli.usage':
      'tidegate start [--services emr,portal,connect,worker] [--no-demo]\ntidegate import <fichier ou dossier>… [--tenant <numéro>] [--encounters] [--json]\ntidegate sync --connection <nom> [--mode full|recent|slice] [--office <id>] [--provider <id>] [--json]\ntidegate connections [--json]\ntidegate ledger --connection <nom> [--run <id>] [--json]\ntidegate doctor --connection <nom> [--json]\ntidegate verify <certificate.json> [--key <fichier ou adresse>] [--json]\ntidegate audit verify [--tenant <numéro>] [--json]\ntidegate demo-codes [--json]',
    'cli.failed': 'Une erreur imprévue est survenue (id {id}). Le journal en donne le détail sous cet id.',
    'cli.import.nothing': 'Nommez au moins un fichier ou dossier à importer.',
    'cli.import.tenant': 'Il y a plusieurs cliniques ici ({tenants}). Précisez laquelle avec --tenant.',
    'cli.import.no-clinic': 'Il n’y a pas encore de clinique. Démarrez Tidegate une fois et créez-en une.',
    'cli.sync.connection': 'La connexion {name} n’existe pas. Connexions : {names}.',
    'cli.sync.mode': '--mode vaut full, recent ou slice.',
    'cli.sync.slice':
      'Une tranche est un seul agenda : --mode slice demande --office et --provider, les autres modes ni l’un ni l’autre.',
    'cli.doctor.owner.emr-administrator': 'pour un administrateur du DME',
    'cli.doctor.owner.site-admin': 'pour un administrateur du site',
    'cli.doctor.owner.vendor': 'pour qui exploite le DME',
    'cli.doctor.soon': '{provider}, {office} : marche, et échoit après le {day}.',
    'cli.connection':
      '{name} ({baseUrl}) : {state}. {schedules, plural, one {# agenda} other {# agendas}}, dont {gaps} avec lacunes; {shown} rendez-vous affichés; {asOf, select, none {les agendas choisis n’ont pas encore tous été lus} other {état au {asOf}}}.',
    'cli.ledger.none': 'Aucune exécution de cette connexion n’est encore terminée.',
    'cli.ledger.no-run': 'Cette connexion n’a pas d’exécution {runId}.',
    'cli.ledger.run': 'Exécution {runId}, {mode}, terminée {at} : {state}.',
    'cli.ledger.slice':
      '{provider}, {office} : {outcome}. {fetched} lus, {created} nouveaux, {updated} modifiés, {returned} revenus, {removed} retirés, {unconfirmed} non confirmés, {visibilityLost} plus visibles, {withheld} retenus, {unusable} inutilisables.',
    'cli.ledger.missing': 'Manque dans le DME : {columns}.',
    'cli.sync.ended': 'Exécution {runId} : {state}. {fetched} lus, {created} nouveaux, {updated} modifiés.',
    'cli.no-web': 'Les écrans ne sont pas encore construits ; construction en cours.',
    'cli.lost': 'PostgreSQL s’est arrêté sans qu’on le lui demande. Arrêt ; redémarrez.',
    'cli.elsewhere':
      'PostgreSQL ne s’exécute pas en tant que root, et le compte qu’il utilise ne peut pas entrer dans {directory}. Ses fichiers sont dans {lies}.',
    'cli.unknown-option': '{command} n’a pas d’option {option}. Options : {known}.',
    'cli.option-value': '{option} demande une valeur.',
    'cli.option-no-value': '{option} ne prend pas de valeur.',
    'cli.unexpected': '{command} ne sait que faire de « {word} ».',
    'cli.no-web-build': 'Les écrans n’ont pas pu être construits. Exécutez npm ci et redémarrez.',
    'cli.host': 'HOST vaut {host}, et cette machine ne peut pas y écouter sur le port {port} ({reason}).',
    'cli.data-dir':
      'Le dossier de données {directory} est inutilisable ({reason}). Choisissez-en un où ce compte peut écrire, avec DATA_DIR.',
    'cli.database':
      '{setting} est inutilisable : {reason}. Il faut une base de données qui existe, en tant que son propriétaire, qui peut créer des rôles.',
    'cli.import.reading': '{percent, number} % lus : {lines, plural, one {# ressource} other {# ressources}}',
    'cli.import.writing': '{lines, plural, one {# ressource lue} other {# ressources lues}} ; écriture au dossier',
    'cli.sync.no-connection':
      'Il n’y a pas encore de connexion. Un administrateur du site la crée dans Cloud Connect, sous Modifier les paramètres.',
    'cli.sync.which-connection': 'Précisez la connexion avec --connection. Connexions : {names}.',
    'cli.verify.what': 'Nommez un fichier : tidegate verify certificate.json.',
    'cli.verify.no-file': 'Il n’y a pas de fichier {file} lisible.',
    'cli.verify.no-key':
      'Cette installation n’a encore rien signé. Nommez les clés avec --key : un fichier, ou l’adresse /certificate-keys du Cloud Connect qui a signé.',
    'cli.verify.bad-key': 'Aucune clé publique ne se lit dans {place}.',
    'cli.verify.genuine': 'Authentique : certificat {id} de {site}, signé avec la clé {key}.',
    'cli.verify.not-a-certificate': 'Refusé : ce n’est pas un certificat, ou il n’est pas écrit comme il a été signé.',
    'cli.verify.another-key': 'Refusé : il est signé avec une autre clé.',
    'cli.verify.altered': 'Refusé : il a été modifié après sa signature.',
    'cli.verify.gap': 'Lacune {gap} : ouverte depuis {opened}, guérie {healed}, certifiée {issued}.',
    'cli.verify.held': 'détenues avant : {before}; détenues maintenant : {after}',
    'cli.verify.shown': 'rendez-vous affichés avant : {before}; affichés maintenant : {after}',
    'cli.audit.what': 'Dites que faire du journal d’audit : tidegate audit verify.',
    'cli.audit.read':
      'Clinique {tenant} : {entries, plural, one {# entrée} other {# entrées}} dans la chaîne, {checkpoints, plural, one {# point de contrôle} other {# points de contrôle}}, {unsealed} depuis le dernier.',
    'cli.audit.whole': 'Le journal d’audit est entier : rien n’a été modifié, retiré, ajouté ni déplacé.',
    'cli.audit.broken':
      '{findings, plural, one {# constat} other {# constats}} : le journal d’audit n’est pas ce qui a été écrit. Laissez la base de données et les points de contrôle tels quels, et comparez-les à une sauvegarde.',
    'cli.audit.entry-missing': '{seq} : l’entrée {entry} a disparu.',
    'cli.audit.does-not-fit': '{seq} : l’entrée {entry} a été modifiée ou déplacée.',
    'cli.audit.link-missing': '{seq} : il manque un maillon à la chaîne.',
    'cli.audit.backdated': '{seq} : l’entrée {entry} se dit plus ancienne qu’elle ne l’est.',
    'cli.audit.not-in-chain':
      'L’entrée {entry} a été ajoutée : elle se dit antérieure au dernier point de contrôle, qui ne la connaît pas.',
    'cli.audit.cut': '{seq} : un point de contrôle va jusqu’ici, et la chaîne s’arrête avant.',
    'cli.audit.rewritten': '{seq} : la chaîne a été réécrite; un point de contrôle dit autre chose.',
    'cli.audit.checkpoint-forged': '{seq} : le point de contrôle n’est pas signé par cette installation.',
    'cli.audit.no-checkpoint': 'Il n’y a aucun point de contrôle. AUDIT_DIR est-il toujours au même endroit?',
  },
);
