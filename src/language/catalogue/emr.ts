import { bothLanguages } from './both-languages.ts';

// The EMR's screens and servers. The six columns of the matrix are `frame.column.*`: Cloud Connect and the portal name them too.
export const emrMessages = bothLanguages(
  {
    'emr.nav.scheduler': 'Scheduler',
    'emr.nav.users': 'Users',
    'emr.security': 'Manage Security',
    'emr.security.users': 'Users',
    'emr.permissions': 'Provider Permissions',
    'emr.permissions.access-until': 'Access Until',
    'emr.permissions.save': 'Save',
  },
  {
    'emr.nav.scheduler': 'Agenda',
    'emr.nav.users': 'Utilisateurs',
    'emr.security': 'Gestion de la sécurité',
    'emr.security.users': 'Utilisateurs',
    'emr.permissions': 'Permissions par fournisseur',
    'emr.permissions.access-until': 'Accès jusqu’au',
    'emr.permissions.save': 'Enregistrer',
  },
);
